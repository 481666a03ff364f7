// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Close", .serialized) struct CloseTests {
    @Test("once or often")
    func often() throws {
      let pair = try unixPair(.stream)
      #expect(!pair.sender.isClosed)
      for _ in 0..<3 {
        pair.sender.close()
        #expect(pair.sender.isClosed)
      }
      #expect(readAll(pair.receiver).end == 0)
    }

    @Test("a second close does not close a number that was given out again")
    func oftenWithReuse() throws {
      let socket = try Socket(.ipv4, .stream)
      socket.close()
      // Takes the lowest free numbers, the closed one among them.
      let pairs = try (0..<8).map { _ in try unixPair(.stream) }
      socket.close()
      for pair in pairs {
        #expect(try pair.sender.send([[1]]) == 1)
        #expect(try pair.receiver.receive(upTo: 1) == [1])
      }
    }

    @Test("deinit closes the descriptor", arguments: StreamKind.allCases)
    func deinitCloses(kind: StreamKind) throws {
      var pair: ConnectedPair? = try kind.pair()
      let receiver = pair!.receiver
      #expect(try pair!.sender.send([[1]]) == 1)
      pair = nil
      let received = readAll(receiver)
      #expect(received.bytes == [1] && received.end == 0)
    }

    @Test("afterwards every member throws closed, and nothing is sent")
    func afterwards() throws {
      let pair = try unixPair(.datagram)
      let socket = pair.sender
      socket.close()
      let closed = SocketError(code: .closed, errno: EBADF)
      let address = try SocketAddress.ipv4("127.0.0.1", port: 1)
      #expect(throws: closed) { try socket.send([[1]]) }
      #expect(throws: closed) { try socket.send([[1]], to: address) }
      #expect(throws: closed) { try socket.connect(to: address) }
      #expect(throws: closed) { try socket.bind(to: address) }
      #expect(throws: closed) { try socket.listen() }
      #expect(throws: closed) { try socket.accept() }
      #expect(throws: closed) { try socket.receive(upTo: 1) }
      #expect(throws: closed) { try socket.receiveFrom(upTo: 1) }
      var buffer: [UInt8] = [0]
      #expect(throws: closed) { try socket.receive(into: &buffer) }
      #expect(throws: closed) { try socket.shutdown(.both) }
      #expect(throws: closed) { try socket.localAddress }
      #expect(throws: closed) { try socket.peerAddress }
      #expect(throws: closed) { try socket.isBlocking }
      #expect(throws: closed) { try socket.setBlocking(false) }
      #expect(throws: closed) { try socket.option(.sendBufferSize) }
      #expect(throws: closed) { try socket.setOption(.sendBufferSize, to: 1) }
      socket.sendTimeout = .seconds(1)
      #expect(socket.sendTimeout == .seconds(1))
      socket.receiveTimeout = .seconds(1)
      #expect(socket.receiveTimeout == .seconds(1))
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("without a send under way the connection ends in order", arguments: StreamKind.allCases)
    func endsInOrder(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let count = fill(pair.sender)
      pair.sender.close()
      let received = await Reader(pair.receiver).value
      #expect(received.end == 0 && received.bytes.count == count)
    }

    @Test("accept that waits: connectionAborted")
    func wakesAccept() async throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      let accepting = OwnThread { errorOf { () throws(SocketError) in _ = try listener.accept() } }
      await accepting.untilBlocked()
      listener.close()
      #expect(await accepting.value == SocketError(errno: ECONNABORTED))
    }

    @Test(
      "with a receive under way, and no send, the connection ends in order too", arguments: StreamKind.allCases,
      [true, false])
    func endsInOrderDuringReceive(kind: StreamKind, shutDownFirst: Bool) async throws {
      let pair = try kind.pair()
      #expect(try sendHere([[1], [2]], on: pair.sender) == 2)
      let receiving = OwnThread { errorOf { () throws(SocketError) in _ = try pair.sender.receive(upTo: 9) } }
      await receiving.untilBlocked()
      if shutDownFirst { try pair.sender.shutdown(.send) }
      pair.sender.close()
      #expect(await receiving.value == SocketError(errno: ECONNABORTED))
      let received = readAll(pair.receiver)
      #expect(received.bytes == [1, 2] && received.end == 0)
    }

    @Test("receive that waits: connectionAborted on a stream", arguments: StreamKind.allCases)
    func wakesReceive(kind: StreamKind) async throws {
      let pair = try kind.pair()
      let receiving = OwnThread { errorOf { () throws(SocketError) in _ = try pair.receiver.receive(upTo: 9) } }
      await receiving.untilBlocked()
      pair.receiver.close()
      #expect(await receiving.value == SocketError(errno: ECONNABORTED))
    }

    @Test("receive that waits: interrupted on other sockets", arguments: DatagramKind.allCases)
    func wakesReceiveOfMessages(kind: DatagramKind) async throws {
      let pair = try kind.pair()
      let receiving = OwnThread { errorOf { () throws(SocketError) in _ = try pair.receiver.receive(upTo: 9) } }
      await receiving.untilBlocked()
      pair.receiver.close()
      #expect(await receiving.value == SocketError(errno: EINTR))
    }

    @Test(
      "a sender in a loop while another thread closes: connectionAborted or closed, never another",
      arguments: StreamKind.allCases)
    func senderInALoop(kind: StreamKind) async throws {
      for _ in 0..<20 {
        let pair = try kind.smallPair()
        let sending = OwnThread { sendUntilError(on: pair.sender) }
        await pair.receiver.untilPolled(POLLIN)
        let reader = Reader(pair.receiver)
        pair.sender.close()
        let error = await sending.value
        #expect(error.code == .connectionAborted || error.code == .closed)
        let end = await reader.value.end
        #expect(end == 0 || kind == .tcp && end == ECONNRESET)
      }
    }
  }
}

func errorOf(_ body: () throws(SocketError) -> Void) -> SocketError? {
  do throws(SocketError) { try body() } catch { return error }
  return nil
}

private func sendUntilError(on socket: Socket) -> SocketError {
  let list = evenList(segments: 4, of: 5000)
  while true {
    do { _ = try socket.send(list) } catch { return error }
  }
}
