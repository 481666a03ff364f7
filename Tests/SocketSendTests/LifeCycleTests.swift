// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// Where a server listens.
private enum Place: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case tcp4 = "TCP over IPv4"
  case tcp6 = "TCP over IPv6"
  case path = "Unix stream at a path"
  case abstract = "Unix stream with an abstract name"
  case sequencedPacket = "Unix seqpacket at a path"

  var testDescription: String { rawValue }
  var family: SocketFamily { self == .tcp4 ? .ipv4 : self == .tcp6 ? .ipv6 : .unix }
  var kind: Socket.Kind { self == .sequencedPacket ? .sequencedPacket : .stream }

  static var here: [Place] { allCases.filter { $0 != .tcp6 || hasIPv6 } }

  func address(in directory: TemporaryDirectory) throws -> SocketAddress {
    switch self {
    case .tcp4: try loopback(.ipv4)
    case .tcp6: try loopback(.ipv6)
    case .abstract: try abstractAddress()
    case .path, .sequencedPacket: try .unix(path: directory.path + "/server")
    }
  }
}

extension SocketTests {
  @Suite("Life cycle") struct LifeCycleTests {
    @Test("bind, listen, connect, accept, send both ways, end", arguments: Place.here)
    fileprivate func server(place: Place) throws {
      let directory = try TemporaryDirectory()
      let listener = try Socket(place.family, place.kind)
      try listener.bind(to: place.address(in: directory))
      try listener.listen(backlog: 5)
      let client = try Socket(place.family, place.kind)
      let address = try listener.localAddress
      #expect(address.family == place.family)
      try client.connect(to: address)
      let served = try listener.accept()
      #expect(try client.peerAddress == address && served.localAddress == address)
      #expect(try served.peerAddress == client.localAddress)
      #expect(try client.send([[1, 2], [3]]) == 3)
      #expect(try served.receive(upTo: 9) == [1, 2, 3])
      #expect(try served.send([[4], [5, 6]]) == 3)
      #expect(try client.receive(upTo: 9) == [4, 5, 6])
      try client.shutdown(.send)
      #expect(try served.receive(upTo: 9) == [])
      #expect(try served.send([[7]]) == 1)
      #expect(try client.receive(upTo: 9) == [7])
    }

    @Test("IPv6 is tested", .enabled(if: hasIPv6, "this host has no IPv6 loopback address"))
    func hasTestedIPv6() throws {
      let pair = try tcpPair(over: .ipv6)
      #expect(try pair.sender.send([[1], [2]]) == 2)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2])
    }

    @Test("a pair is connected both ways")
    func pair() throws {
      for kind in [Socket.Kind.stream, .datagram, .sequencedPacket] {
        let (one, other) = try Socket.pair(kind)
        #expect(try one.send([[1], [2]]) == 2)
        #expect(try other.send([[3], [4]]) == 2)
        #expect(try other.receive(upTo: 9) == [1, 2])
        #expect(try one.receive(upTo: 9) == [3, 4])
      }
    }

    @Test("Unix datagram: bind and connect at paths")
    func unixDatagram() throws {
      let directory = try TemporaryDirectory()
      let receiver = try Socket(.unix, .datagram)
      try receiver.bind(to: .unix(path: directory.path + "/receiver"))
      let sender = try Socket(.unix, .datagram)
      try sender.connect(to: .unix(path: directory.path + "/receiver"))
      #expect(try sender.send([[1], [2, 3]]) == 3)
      #expect(try receiver.receive(upTo: 9) == [1, 2, 3])
    }

    @Test("connection-oriented: Connect or Accept first")
    func connectFirst() throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      #expect(errorOfSending(on: listener)?.code == .shutdown)
    }

    @Test("descriptors are not handed down to programs that this one starts")
    func closeOnExec() throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      let client = try Socket(.ipv4, .stream)
      try client.connect(to: listener.localAddress)
      let (one, other) = try Socket.pair()
      for socket in [listener, client, try listener.accept(), one, other] {
        #expect(fcntl(socket.descriptor.rawValue, F_GETFD) == FD_CLOEXEC)
      }
    }

    @Test("connect where nobody listens")
    func refused() throws {
      #expect(throws: SocketError(errno: ECONNREFUSED)) { try Socket(.ipv4, .stream).connect(to: deadAddress(.stream)) }
      #expect(throws: SocketError(code: .addressNotAvailable, errno: ENOENT)) {
        try Socket(.unix, .stream).connect(to: .unix(path: "/nowhere/at/all"))
      }
    }

    @Test("an address that is in use, or not this host's")
    func cannotBind() throws {
      let first = try Socket(.ipv4, .stream)
      try first.bind(to: loopback(.ipv4))
      try first.listen()
      #expect(throws: SocketError(errno: EADDRINUSE)) { try Socket(.ipv4, .stream).bind(to: first.localAddress) }
      #expect(throws: SocketError(errno: EADDRNOTAVAIL)) {
        try Socket(.ipv4, .stream).bind(to: .ipv4("203.0.113.7", port: 0))
      }
    }

    @Test("operations that do not fit the socket")
    func misfits() throws {
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try Socket(.ipv4, .datagram).listen() }
      #expect(throws: SocketError(errno: EINVAL)) { try Socket(.ipv4, .stream).accept() }
      #expect(throws: SocketError(errno: ENOTCONN)) { try Socket(.ipv4, .stream).peerAddress }
      #expect(throws: SocketError(errno: ENOTCONN)) { try Socket(.ipv4, .stream).shutdown(.send) }
      #expect(throws: SocketError(errno: ESOCKTNOSUPPORT)) { try Socket(.ipv4, Socket.Kind(rawValue: 9)) }
      #expect(throws: SocketError(errno: EAFNOSUPPORT)) { try Socket(SocketFamily(rawValue: 45), .stream) }
      let pair = try tcpPair()
      #expect(throws: SocketError(errno: EISCONN)) { try pair.sender.connect(to: pair.receiver.localAddress) }
    }
  }
}
