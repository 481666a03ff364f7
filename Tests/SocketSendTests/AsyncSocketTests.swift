// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// What an operation threw, and how long it took; nil where it threw nothing.
private func failure<Value>(
  _ operation: () async throws(SocketError) -> Value
) async -> (error: SocketError?, duration: Duration) {
  let start = ContinuousClock.now
  do throws(SocketError) {
    _ = try await operation()
    return (nil, start.duration(to: .now))
  } catch {
    return (error, start.duration(to: .now))
  }
}

extension Waiting {
  /// The operation in its async form.
  func run(on socket: Socket, _ others: [Socket], timeout: Duration? = nil) async throws(SocketError) {
    switch self {
    case .accept, .acceptUnix: _ = try await socket.accept(timeout: timeout)
    case .connect, .connectUnix: try await socket.connect(to: others[0].localAddress, timeout: timeout)
    case .receive, .receiveMessage, .receiveRecord: _ = try await socket.receive(upTo: 100, timeout: timeout)
    case .receiveInto:
      var buffer: [UInt8] = [0, 0]
      _ = try await socket.receive(into: &buffer, timeout: timeout)
    case .receiveFrom: _ = try await socket.receiveFrom(upTo: 100, timeout: timeout)
    }
  }
}

extension SocketTests {
  @Suite("A socket for async code: connect, accept, receive", .serialized) struct AsyncSocketTests {
    @Test("an echo server and 200 clients at once, all by async code", arguments: [SocketFamily.ipv4, .unix])
    func echo(family: SocketFamily) async throws {
      let listener = try listener(family, backlog: 256)
      let address = try listener.localAddress
      let server = Task {
        await withDiscardingTaskGroup { group in
          while let client = try? await listener.accept() {
            group.addTask {
              while let bytes = try? await client.receive(upTo: 1 << 16), !bytes.isEmpty {
                _ = try? await client.send([bytes[...]])
              }
            }
          }
        }
      }
      try await withThrowingTaskGroup { group in
        for number in 0..<200 {
          group.addTask {
            let client = try Socket(family, .stream)
            try await client.connect(to: address, timeout: .seconds(20))
            let list = randomList(segments: 20, atMost: 50_000, seed: UInt64(number))
            async let sent = client.send(list)
            var back: [UInt8] = []
            var room = [UInt8](repeating: 0, count: 10_000)
            while back.count < list.byteCount {
              let count = try await client.receive(into: &room)
              try #require(count > 0)
              back += room[..<count]
            }
            #expect(try await sent == list.byteCount)
            #expect(firstDifference(back, list.joinedBytes) == nil)
          }
        }
        try await group.waitForAll()
      }
      listener.close()
      await server.value
    }

    @Test("close ends the wait", arguments: Waiting.allCases)
    func close(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let task = Task { await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) } }
      try await Task.sleep(for: .milliseconds(30))  // it may not wait yet; then it is refused, which is as good
      socket.close()
      let code = await task.value.error?.code
      #expect(code == waiting.codeAfterClose || code == .closed)
      #expect(
        await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) }.error?.code == .closed)
    }

    @Test("cancelling ends the wait, and the socket is as before", arguments: Waiting.allCases)
    func cancel(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let task = Task { await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) } }
      try await Task.sleep(for: .milliseconds(30))
      task.cancel()
      #expect(await task.value.error == SocketError(code: .operationAborted, errno: ECANCELED))
      #expect(!socket.isClosed)
    }

    @Test("a task that is already cancelled does nothing", arguments: Waiting.allCases)
    func cancelledBefore(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) }
      }
      task.cancel()
      #expect(await task.value.error == SocketError(code: .operationAborted, errno: ECANCELED))
    }

    @Test("a task that is already cancelled takes nothing, though it is there")
    func cancelledBeforeTakes() async throws {
      let pair = try StreamKind.unix.pair()
      _ = try await pair.sender.send([[1, 2, 3]])
      let listener = try listener(.unix)
      let client = try Socket(.unix, .stream)
      try await client.connect(to: listener.localAddress)
      let task = Task {
        while !Task.isCancelled { await Task.yield() }
        return (
          await failure { () async throws(SocketError) in try await pair.receiver.receive(upTo: 9) },
          await failure { () async throws(SocketError) in try await listener.accept() },
          await failure { () async throws(SocketError) in try await pair.sender.send([[4]]) }
        )
      }
      task.cancel()
      let ends = await task.value
      for error in [ends.0.error, ends.1.error, ends.2.error] {
        #expect(error == SocketError(code: .operationAborted, errno: ECANCELED))
      }
      #expect(try await pair.receiver.receive(upTo: 9) == [1, 2, 3])
      _ = try await listener.accept()
    }

    @Test("two that receive from one stream get all of it, without polling", .timeLimit(.minutes(1)))
    func twoReceivers() async throws {
      let pair = try StreamKind.unix.pair()
      let receivers = (0..<2).map { _ in
        Task {
          var count = 0
          while true {
            let bytes = try await pair.receiver.receive(upTo: 1000)
            if bytes.isEmpty { return count }
            count += bytes.count
          }
        }
      }
      for _ in 0..<300 {
        _ = try await pair.sender.send([[7]])
        await Task.yield()
      }
      pair.sender.close()
      #expect(try await receivers[0].value + receivers[1].value == 300)
    }

    @Test("time-outs are never early, and are the operation's own", arguments: Waiting.allCases)
    func timeOuts(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let time = Duration.milliseconds(40)
      let end = await failure { () async throws(SocketError) in try await waiting.run(on: socket, others, timeout: time) }
      #expect(end.error?.code == .timedOut && end.error?.isOwnTimeout == true)
      #expect(end.duration >= time)
      if waiting == .connect { return }
      let now = await failure { () async throws(SocketError) in try await waiting.run(on: socket, others, timeout: .zero) }
      #expect(now.error?.isOwnTimeout == true)
    }

    @Test("receiveTimeout holds for a receive without a time-out of its own", arguments: Waiting.receives)
    func receiveTimeout(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      socket.receiveTimeout = .milliseconds(40)
      let end = await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) }
      #expect(end.error?.isOwnTimeout == true && end.duration >= .milliseconds(40))
      socket.receiveTimeout = .seconds(50)
      let own = await failure { () async throws(SocketError) in
        try await waiting.run(on: socket, others, timeout: .milliseconds(20))
      }
      #expect(own.error?.isOwnTimeout == true)
    }

    @Test("shutting a listener down ends an accept", arguments: [Waiting.accept, .acceptUnix])
    func shutDownListener(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let task = Task { await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) } }
      try await Task.sleep(for: .milliseconds(30))
      try socket.shutdown(.both)
      #expect(await task.value.error == SocketError(errno: EINVAL))
    }

    @Test(
      "shutting a message socket down ends a receive", arguments: [Waiting.receiveFrom, .receiveMessage, .receiveRecord])
    func shutDownMessages(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let task = Task { await failure { () async throws(SocketError) in try await waiting.run(on: socket, others) } }
      try await Task.sleep(for: .milliseconds(30))  // it may not wait yet; then it finds the end, which is as good
      // A UDP socket without a peer is shut down, and the system answers notConnected.
      try? socket.shutdown(.receive)
      #expect(await task.value.error == nil)
    }

    @Test("the answers of the system come as they are")
    func answers() async throws {
      let dead = try deadAddress(.stream)
      let client = try Socket(.ipv4, .stream)
      #expect(
        await failure { () async throws(SocketError) in try await client.connect(to: dead) }.error?.code
          == .connectionRefused)
      #expect(try client.isBlocking)
      let pair = try StreamKind.tcp.pair()
      pair.sender.closeWithReset()
      #expect(
        await failure { () async throws(SocketError) in try await pair.receiver.receive(upTo: 9) }.error?.code
          == .connectionReset)
      let negative = await failure { () async throws(SocketError) in try await pair.receiver.receive(upTo: -1) }
      #expect(negative.error?.code == .invalidArgument)
      let ended = try StreamKind.unix.pair()
      ended.sender.close()
      #expect(try await ended.receiver.receive(upTo: 9) == [])
    }

    @Test("messages come whole with their sender's address, and are cut at the count")
    func messages() async throws {
      let (one, other) = (try boundUDP(), try boundUDP())
      let to = try other.localAddress
      for list in [[[1, 2], [3]], [[4, 5, 6, 7]]] as [[ArraySegment<UInt8>]] { _ = try await one.send(list, to: to) }
      let first = try await other.receiveFrom(upTo: 100)
      #expect(first.bytes == [1, 2, 3])
      #expect(try first.sender == one.localAddress)
      #expect(try await other.receiveFrom(upTo: 2).bytes == [4, 5])
      let unix = try unixPair(.datagram)
      _ = try await unix.sender.send([[9]])
      let unnamed = try await unix.receiver.receiveFrom(upTo: 5 << 20)
      #expect(unnamed.bytes == [9] && unnamed.sender.description == "unnamed")
    }

    @Test("a stream gives at most 1 MiB at a time, and loses nothing", arguments: StreamKind.allCases)
    func largeCounts(kind: StreamKind) async throws {
      let pair = try kind.pair()
      let list = randomList(segments: 100, atMost: 3 << 20, seed: 5)
      async let sent = pair.sender.send(list)
      var back: [UInt8] = []
      while back.count < list.byteCount {
        let bytes =
          try await back.count % 2 == 0
          ? pair.receiver.receive(upTo: 1 << 40) : pair.receiver.receiveFrom(upTo: 5 << 20).bytes
        try #require(!bytes.isEmpty && bytes.count <= 1 << 20)
        back += bytes
      }
      #expect(try await sent == list.byteCount)
      #expect(firstDifference(back, list.joinedBytes) == nil)
    }

    @Test("a Unix listener with a full queue is waited for")
    func fullUnixListener() async throws {
      let listener = try listener(.unix, backlog: 0)
      let address = try listener.localAddress
      let clients = try (0..<4).map { _ in try Socket(.unix, .stream) }
      let connects = Task {
        for client in clients { try await client.connect(to: address, timeout: .seconds(20)) }
      }
      for _ in clients { _ = try await listener.accept() }
      try await connects.value
    }

    @Test("a host is looked up by name, its addresses are tried in turn, and all of it has one time")
    func hosts() async throws {
      let listener = try listener(.ipv4)
      let port = try #require(try listener.localAddress.port)
      let client = try await Socket.connected(toHost: "localhost", port: port, timeout: .seconds(20))
      let accepted = try await listener.accept()
      _ = try await client.send([[1]])
      #expect(try await accepted.receive(upTo: 5) == [1])
      #expect(try await SocketAddress.lookUp(host: "127.0.0.1", port: 5) == [.ipv4("127.0.0.1", port: 5)])
      let unknown = await failure { () async throws(SocketError) in
        try await Socket.connected(toHost: "no-such-host.invalid", port: 1, timeout: .seconds(20))
      }
      #expect(unknown.error != nil)
      let full = try fullListener(.ipv4)
      let fullPort = try #require(try full.listener.localAddress.port)
      let late = await failure { () async throws(SocketError) in
        try await Socket.connected(toHost: "127.0.0.1", port: fullPort, timeout: .milliseconds(50))
      }
      #expect(late.error?.isOwnTimeout == true && late.duration >= .milliseconds(50))
    }

    @Test("an accepted socket blocks, and a second accept goes on after the first")
    func modes() async throws {
      let listener = try listener(.ipv4)
      let address = try listener.localAddress
      for _ in 0..<2 {
        let client = try Socket(.ipv4, .stream)
        async let accepted = listener.accept()
        try await client.connect(to: address)
        #expect(try await accepted.isBlocking)
        #expect(try client.isBlocking)
      }
      #expect(try listener.isBlocking)
    }
  }
}
