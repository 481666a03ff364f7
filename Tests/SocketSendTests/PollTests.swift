// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

extension SocketTests {
  @Suite("poll(for:timeout:)", .serialized) struct PollTests {
    @Test("data: false without, true with bytes, and at the end", arguments: StreamKind.allCases)
    func data(kind: StreamKind) throws {
      let pair = try kind.pair()
      #expect(try !pair.receiver.poll(for: .data, timeout: .zero))
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(try pair.receiver.poll(for: .data, timeout: .seconds(20)))
      #expect(try pair.receiver.receive(upTo: 9) == [1])
      #expect(try !pair.receiver.poll(for: .data, timeout: .seconds(-1)))
      pair.sender.close()
      #expect(try pair.receiver.poll(for: .data))
      #expect(try pair.receiver.receive(upTo: 9) == [])
    }

    @Test("data: a connection to accept")
    func connection() throws {
      let listener = try listener(.ipv4)
      #expect(try !listener.poll(for: .data, timeout: .zero))
      let client = try Socket(.ipv4, .stream)
      try client.connect(to: listener.localAddress)
      #expect(try listener.poll(for: .data, timeout: .seconds(20)))
      #expect(try listener.accept().peerAddress == client.localAddress)
    }

    @Test("room: false while a stream is full, true once the peer read", arguments: StreamKind.allCases)
    func room(kind: StreamKind) throws {
      let pair = try kind.smallPair()
      #expect(try pair.sender.poll(for: .room, timeout: .zero))
      try pair.sender.setBlocking(false)
      fill(pair.sender)
      // Non-blocking mode has no effect on a poll.
      let end = BlockEnd { () throws(SocketError) in
        if try pair.sender.poll(for: .room, timeout: .milliseconds(30)) { throw .init(code: .success) }
      }
      #expect(end.error == nil && end.duration >= .milliseconds(30))
      _ = drain(pair.receiver)
      #expect(try pair.sender.poll(for: .room, timeout: .seconds(20)))
    }

    @Test("a connect that was refused: data, room and error, and a receive says which error")
    func refused() throws {
      let socket = try Socket(.ipv4, .stream)
      try socket.setBlocking(false)
      try? socket.connect(to: deadAddress(.stream))
      for event in [.room, .data, .error] as [Socket.Event] {
        #expect(try socket.poll(for: event, timeout: .seconds(20)), "\(event)")
      }
      #expect(throws: SocketError(errno: ECONNREFUSED)) { try socket.receive(upTo: 9) }
    }

    @Test("error: none on a connection, also once it ended; an urgent byte")
    func error() throws {
      let pair = try tcpPair()
      #expect(try !pair.receiver.poll(for: .error, timeout: .zero))
      #expect(try pair.sender.send([[7]], flags: .outOfBand) == 1)
      #expect(try pair.receiver.poll(for: .error, timeout: .seconds(20)))
      let other = try tcpPair()
      try other.sender.shutdown(.send)
      try other.receiver.shutdown(.send)
      #expect(try other.receiver.poll(for: .data, timeout: .seconds(20)))
      #expect(try !other.receiver.poll(for: .error))
    }

    /// In a process of its own, as a signal's handler belongs to the whole process.
    @Test("signals neither end it nor make its time longer")
    func signals() async {
      await #expect(processExitsWith: .success) {
        handleSignalWithoutRestart()
        let pair = try StreamKind.unix.pair()
        let thread = OwnThread {
          BlockEnd { () throws(SocketError) in
            if try pair.receiver.poll(for: .data, timeout: .milliseconds(300)) { throw .init(code: .success) }
          }
        }
        await eventually(within: .seconds(20)) {
          thread.signal(SIGUSR1)
          return thread.isFinished
        }
        let end = await thread.value
        #expect(end.error == nil && end.duration >= .milliseconds(300) && end.duration < .seconds(20))
        #expect(signalsHandled.load(ordering: .relaxed) > 0)
      }
    }

    @Test("a closed socket throws .closed, and close ends one under way", arguments: Waiting.receives)
    func close(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      defer { withExtendedLifetime(others) {} }
      let thread = OwnThread {
        BlockEnd { () throws(SocketError) in _ = try socket.poll(for: .data) }
      }
      await thread.untilBlocked()
      socket.close()
      #expect(await thread.value.error?.code == waiting.codeAfterClose)
      #expect(throws: SocketError(code: .closed, errno: EBADF)) { try pollHere(socket) }
    }

    @Test("a descriptor that is not open is operationAborted", arguments: [1 << 20, -1, .min] as [CInt])
    func notOpen(number: CInt) throws {
      let socket = Socket(adopting: SocketDescriptor(rawValue: number))
      for event in [.room, .data, .error] as [Socket.Event] {
        #expect(throws: SocketError(errno: EBADF)) { try socket.poll(for: event, timeout: .zero) }
      }
    }

    /// Closing it would not end a wait.
    @Test("a descriptor of a pipe is notSocket")
    func noSocket() throws {
      var ends: [CInt] = [-1, -1]
      #expect(pipe(&ends) == 0)
      let (reader, writer) = (ends[0], ends[1])
      defer { closeFile(writer) }
      let socket = Socket(adopting: SocketDescriptor(rawValue: reader))
      #expect(throws: SocketError(errno: ENOTSOCK)) { try socket.poll(for: .data, timeout: .zero) }
    }
  }
}

private func pollHere(_ socket: Socket) throws(SocketError) -> Bool { try socket.poll(for: .data) }
