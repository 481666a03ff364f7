// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Non-blocking: may send less; the application keeps track and retries") struct NonblockingTests {
    private let list = randomList(segments: 5000, atMost: 5_000_000, seed: runSeed)

    private static let modes = ["setBlocking(false)", "doNotWait"]

    private func prepare(_ socket: Socket, _ mode: String) throws -> SocketFlags {
      if mode == "doNotWait" { return .doNotWait }
      try socket.setBlocking(false)
      return []
    }

    @Test("what fits now, then wouldBlock", arguments: StreamKind.allCases, modes)
    func sendsWhatFits(kind: StreamKind, mode: String) throws {
      let pair = try kind.smallPair()
      let flags = try prepare(pair.sender, mode)
      let count = try pair.sender.send(list, flags: flags)
      #expect(count > 0 && count < list.byteCount)
      let (rest, error) = untilRefused { () throws(SocketError) in try pair.sender.send([[7]], flags: flags) }
      #expect(error == SocketError(code: .wouldBlock, errno: EAGAIN))
      pair.sender.close()
      let received = readAll(pair.receiver)
      let expected = Array(list.joinedBytes.prefix(count)) + Array(repeating: 7, count: rest)
      #expect(firstDifference(received.bytes, expected) == nil, "seed \(runSeed)")
    }

    @Test("the same by SocketDescriptor", arguments: StreamKind.allCases, modes)
    func sendsByDescriptor(kind: StreamKind, mode: String) throws {
      let pair = try kind.smallPair()
      let flags = try prepare(pair.sender, mode)
      let count = try pair.sender.descriptor.send(list, flags: flags)
      #expect(count > 0 && count < list.byteCount)
      let descriptor = pair.sender.descriptor
      let (_, error) = untilRefused { () throws(SocketError) in try descriptor.send(list, flags: flags) }
      #expect(error == SocketError(errno: EAGAIN))
    }

    @Test("dropFirst(bytes:) does the tracking", arguments: StreamKind.allCases, modes)
    func resumes(kind: StreamKind, mode: String) async throws {
      let pair = try kind.smallPair()
      let flags = try prepare(pair.sender, mode)
      let reader = Reader(pair.receiver)
      let list = list
      let failure = await OwnThread { resumeUntilSent(list, on: pair.sender, flags: flags) }.value
      #expect(failure == nil)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, list.joinedBytes) == nil, "seed \(runSeed)")
    }

    @Test("a datagram goes whole or not at all", arguments: [DatagramKind.unix, .sequencedPacket], modes)
    func datagrams(kind: DatagramKind, mode: String) throws {
      let pair = try kind.pair()
      let flags = try prepare(pair.sender, mode)
      let queued = fill(pair.sender)
      for list in [[[1], [2]], evenList(segments: 3000, of: 3), [[]]] as [[ArraySegment<UInt8>]] {
        #expect(errorOfSending(list, on: pair.sender, flags: flags) == SocketError(code: .wouldBlock, errno: EAGAIN))
      }
      for _ in 0..<queued { #expect(nextMessage(pair.receiver) == [7]) }
      #expect(nextMessage(pair.receiver) == nil)
      #expect(try pair.sender.send([[1], [2]], flags: flags) == 2)
    }

    @Test("setBlocking(_:) and isBlocking, shared by all descriptors of the socket")
    func mode() throws {
      let socket = try Socket(.ipv4, .stream)
      let twin = Socket(adopting: SocketDescriptor(rawValue: dup(socket.descriptor.rawValue)))
      #expect(try socket.isBlocking)
      try socket.setBlocking(false)
      #expect(try !socket.isBlocking && !twin.isBlocking)
      #expect(fcntl(socket.descriptor.rawValue, F_GETFL) & O_NONBLOCK != 0)
      try twin.setBlocking(true)
      #expect(try socket.isBlocking)
    }

    @Test("connect in non-blocking mode: inProgress, or done", arguments: [SocketFamily.ipv4])
    func connects(family: SocketFamily) async throws {
      let listener = try Socket(family, .stream)
      try listener.bind(to: loopback(family))
      try listener.listen()
      let socket = try Socket(family, .stream)
      try socket.setBlocking(false)
      do { try connectHere(socket, to: listener.localAddress) } catch { #expect(error == SocketError(errno: EINPROGRESS)) }
      await socket.untilPolled(POLLOUT)
      #expect(try sendHere([[1], [2]], on: socket) == 2)
      #expect(try receiveHere(upTo: 9, from: acceptHere(listener)) == [1, 2])
    }

    @Test("accept and receive in non-blocking mode: wouldBlock")
    func others() throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      try listener.setBlocking(false)
      #expect(throws: SocketError(errno: EAGAIN)) { try listener.accept() }
      let pair = try unixPair(.stream)
      try pair.receiver.setBlocking(false)
      #expect(throws: SocketError(errno: EAGAIN)) { try pair.receiver.receive(upTo: 1) }
    }
  }
}

/// Sends the list piece by piece, waiting for room by poll. Returns an error other than wouldBlock.
private func resumeUntilSent(_ list: [ArraySegment<UInt8>], on socket: Socket, flags: SocketFlags) -> SocketError? {
  var rest = list
  while !rest.isEmpty {
    do {
      rest = rest.dropFirst(bytes: try socket.send(rest, flags: flags))
    } catch {
      guard error.code == .wouldBlock, error.bytesSent == 0 else { return error }
      var room = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
      poll(&room, 1, 1000)
    }
  }
  return nil
}
