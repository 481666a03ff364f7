// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("receive(into:) and receiveFrom that block", .serialized) struct ReceiveTests {
    @Test("into a buffer: its start is written, the rest stays", arguments: StreamKind.allCases)
    func into(kind: StreamKind) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send([[1], [2, 3]]) == 3)
      var buffer: [UInt8] = [9, 9]
      #expect(try pair.receiver.receive(into: &buffer) == 2 && buffer == [1, 2])
      #expect(try pair.receiver.receive(into: &buffer, timeout: .seconds(20)) == 1 && buffer == [3, 2])
      pair.sender.close()
      #expect(try pair.receiver.receive(into: &buffer) == 0 && buffer == [3, 2])
    }

    @Test("into an empty buffer: 0 once something has arrived, and a stream loses nothing", arguments: StreamKind.allCases)
    func intoNothing(kind: StreamKind) throws {
      let pair = try kind.pair()
      var nothing: [UInt8] = []
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(try pair.receiver.receive(into: &nothing) == 0)
      #expect(try pair.receiver.receive(upTo: 9) == [1])
    }

    @Test(
      "into a buffer: a message, cut at its length", arguments: DatagramKind.allCases, [nil, .seconds(20)] as [Duration?])
    func messageInto(kind: DatagramKind, timeout: Duration?) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send([[1], [2, 3]]) == 3)
      #expect(try pair.sender.send([[4]]) == 1)
      var buffer: [UInt8] = [9, 9]
      #expect(try pair.receiver.receive(into: &buffer, timeout: timeout) == 2 && buffer == [1, 2])
      #expect(try pair.receiver.receive(into: &buffer, timeout: timeout) == 1 && buffer == [4, 2])
    }

    @Test("a message with its sender, cut at the count", arguments: [nil, .seconds(20)] as [Duration?])
    func from(timeout: Duration?) throws {
      let (one, other) = (try boundUDP(), try boundUDP())
      for list in [[[1, 2], [3]], [[4, 5, 6]]] as [[ArraySegment<UInt8>]] {
        #expect(try one.send(list, to: other.localAddress) == 3)
      }
      let first = try other.receiveFrom(upTo: 100, timeout: timeout)
      #expect(try first.bytes == [1, 2, 3] && first.sender == one.localAddress)
      #expect(try other.receiveFrom(upTo: 2, timeout: timeout).bytes == [4, 5])
    }

    @Test(
      "a sender without a name, a seqpacket peer, a stream: unnamed or the peer's",
      arguments: [nil, .seconds(20)] as [Duration?])
    func unnamed(timeout: Duration?) throws {
      for kind in [Socket.Kind.datagram, .sequencedPacket, .stream] {
        let pair = try unixPair(kind)
        #expect(try pair.sender.send([[1], [2]]) == 2)
        let message = try pair.receiver.receiveFrom(upTo: 5 << 20, timeout: timeout)
        #expect(message.bytes == [1, 2] && message.sender.description == "unnamed")
      }
    }

    @Test("a negative count: invalidArgument, and what was there stays", arguments: [nil, .zero] as [Duration?])
    func negative(timeout: Duration?) throws {
      let pair = try udpPair()
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(throws: SocketError(errno: EINVAL)) { try pair.receiver.receiveFrom(upTo: -1, timeout: timeout) }
      #expect(throws: SocketError(errno: EINVAL)) { try pair.receiver.receive(upTo: .min, timeout: timeout) }
      #expect(try pair.receiver.receiveFrom(upTo: 9).bytes == [1])
      pair.receiver.close()
      #expect(throws: SocketError(code: .closed, errno: EBADF)) {
        try pair.receiver.receiveFrom(upTo: -1, timeout: timeout)
      }
    }

    @Test("a stream whose peer broke the connection: connectionReset", arguments: [nil, .seconds(20)] as [Duration?])
    func reset(timeout: Duration?) throws {
      let pair = try StreamKind.tcp.pair()
      pair.sender.closeWithReset()
      #expect(throws: SocketError(errno: ECONNRESET)) { try pair.receiver.receive(upTo: 9, timeout: timeout) }
    }
  }

  @Suite("receiveTimeout") struct ReceiveTimeoutPropertyTests {
    @Test(
      "is nil at first, and what it was set to, rounded as sendTimeout",
      arguments: [nil, .zero, .nanoseconds(1), .milliseconds(300), .seconds(3600)] as [Duration?])
    func roundTrip(timeout: Duration?) throws {
      let socket = try Socket(.ipv4, .datagram)
      #expect(socket.receiveTimeout == nil)
      socket.receiveTimeout = timeout
      #expect(socket.receiveTimeout == timeout && socket.sendTimeout == nil)
      socket.receiveTimeout = .seconds(-3)
      #expect(socket.receiveTimeout == .zero)
      socket.receiveTimeout = nil
      #expect(socket.receiveTimeout == nil)
    }

    @Test("a descriptor's SO_RCVTIMEO becomes its first value", arguments: [0, 1, 1500, 86_400_000])
    func adopts(milliseconds: Int) throws {
      let original = try Socket(.unix, .stream)
      original.setKernelReceiveTimeout(milliseconds: milliseconds)
      let adopted = Socket(adopting: SocketDescriptor(rawValue: dup(original.descriptor.rawValue)))
      let kept = adopted.receiveTimeout ?? .zero
      // The kernel counts in ticks of up to 10 ms, and rounds up.
      #expect(kept >= .milliseconds(milliseconds) && kept <= .milliseconds(milliseconds + (milliseconds == 0 ? 0 : 10)))
      #expect(adopted.sendTimeout == nil)
    }

    @Test("holds for receives without a time-out of their own, and for no accept", arguments: Waiting.receives)
    func holds(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      socket.receiveTimeout = .milliseconds(30)
      let end = await OwnThread {
        BlockEnd { () throws(SocketError) in try waiting.block(on: socket, others, timeout: nil) }
      }.value
      #expect(end.error?.isOwnTimeout == true && end.duration >= .milliseconds(30))
      socket.receiveTimeout = .seconds(50)
      let own = await OwnThread {
        BlockEnd { () throws(SocketError) in try waiting.block(on: socket, others, timeout: .milliseconds(5)) }
      }.value
      #expect(own.error?.isOwnTimeout == true && own.duration < .seconds(40))
    }

    @Test("in non-blocking mode it has no effect", arguments: Waiting.receives)
    func nonblocking(waiting: Waiting) throws {
      let (socket, others) = try waiting.prepare()
      socket.receiveTimeout = .seconds(50)
      try socket.setBlocking(false)
      #expect(throws: SocketError(errno: EAGAIN)) { try waiting.block(on: socket, others, timeout: nil) }
    }

    @Test("nil waits, past an SO_RCVTIMEO of the descriptor", arguments: Waiting.receives + [.accept, .acceptUnix])
    func nilWaits(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      socket.setKernelReceiveTimeout(milliseconds: 20)
      let thread = OwnThread { BlockEnd { () throws(SocketError) in try waiting.block(on: socket, others, timeout: nil) } }
      #expect(await !eventually(within: .milliseconds(200)) { thread.isFinished })
      socket.close()
      #expect(await thread.value.error?.code == waiting.codeAfterClose)
    }
  }
}
