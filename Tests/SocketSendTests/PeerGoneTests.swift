// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("A peer that is not there, or no longer") struct PeerGoneTests {
    @Test("unconnected TCP: Shutdown (EPIPE), not NotConnected", arguments: [1, 1025])
    func unconnectedTCP(segments: Int) throws {
      let list = evenList(segments: segments, of: 2)
      let socket = try Socket(.ipv4, .stream)
      #expect(errorOfSending(list, on: socket) == SocketError(code: .shutdown, errno: EPIPE))
      #expect(throws: SocketError(errno: EPIPE)) { try socket.descriptor.send(list) }
    }

    @Test("unconnected Unix stream, seqpacket or datagram: NotConnected", arguments: [1, 1025])
    func unconnectedUnix(segments: Int) throws {
      for kind in [Socket.Kind.stream, .datagram, .sequencedPacket] {
        let list = evenList(segments: segments, of: 2)
        #expect(errorOfSending(list, on: try Socket(.unix, kind)) == SocketError(code: .notConnected, errno: ENOTCONN))
      }
    }

    @Test("unconnected UDP: DestinationAddressRequired", arguments: [1, 1025])
    func unconnectedUDP(segments: Int) throws {
      let error = errorOfSending(evenList(segments: segments, of: 2), on: try Socket(.ipv4, .datagram))
      #expect(error == SocketError(code: .destinationAddressRequired, errno: EDESTADDRREQ))
    }

    @Test("after Shutdown(Send): Shutdown", arguments: StreamKind.allCases)
    func afterShutdown(kind: StreamKind) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send([[1]]) == 1)
      try pair.sender.shutdown(.send)
      for _ in 0..<3 { #expect(errorOfSending(on: pair.sender) == SocketError(code: .shutdown, errno: EPIPE)) }
      let received = readAll(pair.receiver)
      #expect(received.bytes == [1] && received.end == 0)
    }

    @Test("after Shutdown(Receive) it still sends", arguments: StreamKind.allCases)
    func afterShutdownOfReceiving(kind: StreamKind) throws {
      let pair = try kind.pair()
      try pair.sender.shutdown(.receive)
      #expect(try pair.sender.send([[1], [2]]) == 2)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2])
    }

    @Test("TCP peer reset: ConnectionReset once, then Shutdown")
    func reset() async throws {
      let pair = try tcpPair()
      pair.receiver.closeWithReset()
      await pair.sender.untilPolled(POLLERR | POLLHUP)
      #expect(errorOfSending(on: pair.sender) == SocketError(code: .connectionReset, errno: ECONNRESET))
      for _ in 0..<3 { #expect(errorOfSending(on: pair.sender) == SocketError(code: .shutdown, errno: EPIPE)) }
    }

    @Test("TCP peer closed in order: first send succeeds, then Shutdown")
    func closedInOrder() async throws {
      let pair = try tcpPair()
      pair.receiver.close()
      await pair.sender.untilPolled(POLLIN)
      #expect(errorOfSending(on: pair.sender) == nil)
      await pair.sender.untilPolled(POLLHUP)
      for _ in 0..<3 { #expect(errorOfSending(on: pair.sender) == SocketError(code: .shutdown, errno: EPIPE)) }
    }

    @Test("Unix stream and seqpacket peer closed: Shutdown")
    func closedUnix() throws {
      for kind in [Socket.Kind.stream, .sequencedPacket] {
        let pair = try unixPair(kind)
        pair.receiver.close()
        #expect(errorOfSending(on: pair.sender) == SocketError(code: .shutdown, errno: EPIPE))
      }
    }

    @Test("Unix datagram peer closed: ConnectionRefused")
    func closedUnixDatagram() throws {
      let pair = try unixPair(.datagram)
      pair.receiver.close()
      #expect(errorOfSending(on: pair.sender)?.code == .connectionRefused)
    }

    @Test("UDP to a closed port: 1st OK, 2nd ConnectionRefused, 3rd OK, ...", arguments: [1, 1025])
    func closedPort(segments: Int) async throws {
      let sender = try Socket(.ipv4, .datagram)
      try connectHere(sender, to: deadAddress(.datagram))
      for round in 1...3 {
        #expect(errorOfSending(evenList(segments: segments, of: 2), on: sender) == nil, "round \(round)")
        await sender.untilPolled(POLLERR)
        let error = errorOfSending(evenList(segments: segments, of: 2), on: sender)
        #expect(error == SocketError(code: .connectionRefused, errno: ECONNREFUSED), "round \(round)")
      }
    }

    @Test("EBADF from outside: OperationAborted (995)", arguments: [1, 1025])
    func closedFromOutside(segments: Int) throws {
      // A number so high that nothing else takes it, once it is free.
      let pair = try unixPair(.stream)
      let number = fcntl(pair.sender.descriptor.rawValue, F_DUPFD_CLOEXEC, 900)
      let socket = Socket(adopting: SocketDescriptor(rawValue: number))
      #expect(try socket.send([[1]]) == 1)
      close(number)
      let error = errorOfSending(evenList(segments: segments, of: 2), on: socket)
      #expect(error == SocketError(code: .operationAborted, errno: EBADF))
      #expect(error?.code.rawValue == 995)
    }

    @Test("a descriptor that is not a socket: NotSocket", arguments: [1, 1025])
    func notASocket(segments: Int) throws {
      let list = evenList(segments: segments, of: 2)
      for path in ["/dev/null", "/proc/self/exe", "/"] {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        #expect(throws: SocketError(code: .notSocket, errno: ENOTSOCK)) {
          try SocketDescriptor(rawValue: number).send(list)
        }
        #expect(errorOfSending(list, on: Socket(adopting: SocketDescriptor(rawValue: number)))?.code == .notSocket)
      }
    }
  }
}
