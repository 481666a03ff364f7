// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Connectionless: Connect first, or SendTo") struct SendToTests {
    @Test("SendTo for several hosts, without Connect")
    func severalHosts() throws {
      let receivers = try (0..<3).map { _ in try boundUDP() }
      let sender = try Socket(.ipv4, .datagram)
      for (index, receiver) in receivers.enumerated() {
        #expect(try sender.send([[UInt8(index)], [], [9]], to: receiver.localAddress) == 2)
      }
      for (index, receiver) in receivers.enumerated() {
        #expect(nextMessage(receiver) == [UInt8(index), 9])
        #expect(nextMessage(receiver) == nil)
      }
      #expect(errorOfSending(on: sender)?.code == .destinationAddressRequired, "it is still connected to nobody")
    }

    @Test("SendTo also after Connect, and the default host stays")
    func afterConnect() throws {
      let (usual, other) = (try boundUDP(), try boundUDP())
      let sender = try Socket(.ipv4, .datagram)
      try sender.connect(to: usual.localAddress)
      #expect(try sender.send([[1]], to: other.localAddress) == 1)
      #expect(try sender.send([[2]]) == 1)
      #expect(nextMessage(other) == [1])
      #expect(nextMessage(usual) == [2])
      #expect(nextMessage(other) == nil && nextMessage(usual) == nil)
    }

    @Test("Connect again changes the default host")
    func reconnects() throws {
      let (first, second) = (try boundUDP(), try boundUDP())
      let sender = try Socket(.ipv4, .datagram)
      for (index, receiver) in [first, second, first].enumerated() {
        try sender.connect(to: receiver.localAddress)
        #expect(try sender.peerAddress == receiver.localAddress)
        #expect(try sender.send([[UInt8(index)], [5]]) == 2)
        #expect(nextMessage(receiver) == [UInt8(index), 5])
      }
      #expect(nextMessage(first) == nil && nextMessage(second) == nil)
    }

    @Test("more than 1024 segments to an address: one datagram", arguments: [1024, 1025, 100_000])
    func longList(segments: Int) throws {
      let receiver = try boundUDP()
      let list = randomList(segments: segments, atMost: 60_000, seed: runSeed)
      #expect(try Socket(.ipv4, .datagram).send(list, to: receiver.localAddress) == list.byteCount)
      #expect(nextMessage(receiver) == list.joinedBytes)
      #expect(nextMessage(receiver) == nil)
    }

    @Test("empty segments to an address: one empty datagram")
    func empties() throws {
      let receiver = try boundUDP()
      #expect(try Socket(.ipv4, .datagram).send([[], []], to: receiver.localAddress) == 0)
      #expect(nextMessage(receiver) == [])
      #expect(nextMessage(receiver) == nil)
    }

    @Test("IPv6", .enabled(if: hasIPv6, "this host has no IPv6 loopback address"))
    func ipv6() throws {
      let receiver = try Socket(.ipv6, .datagram)
      try receiver.bind(to: loopback(.ipv6))
      #expect(try Socket(.ipv6, .datagram).send([[1], [2]], to: receiver.localAddress) == 2)
      #expect(nextMessage(receiver) == [1, 2])
    }

    @Test("Unix datagram, to names and to a path that is not there")
    func unixDatagram() throws {
      let receivers = try (0..<2).map { _ in
        let socket = try Socket(.unix, .datagram)
        try socket.bind(to: abstractAddress())
        return socket
      }
      let sender = try Socket(.unix, .datagram)
      for receiver in receivers {
        #expect(try sender.send([[1], [2]], to: receiver.localAddress) == 2)
        #expect(nextMessage(receiver) == [1, 2])
      }
      #expect(throws: SocketError(code: .addressNotAvailable, errno: ENOENT)) {
        try sender.send([[1]], to: .unix(path: "/nowhere/at/all"))
      }
    }

    @Test("an address of another family is refused")
    func otherFamily() throws {
      #expect(throws: SocketError.self) { try Socket(.ipv4, .datagram).send([[1]], to: .unix(path: "/tmp/x")) }
      #expect(throws: SocketError.self) { try Socket(.unix, .datagram).send([[1]], to: .ipv4("127.0.0.1", port: 9)) }
    }

    @Test("on a stream: isConnected, or the address is ignored")
    func onAStream() throws {
      let tcp = try tcpPair()
      #expect(try tcp.sender.send([[1], [2]], to: loopback(.ipv4)) == 2)
      #expect(try tcp.receiver.receive(upTo: 9) == [1, 2])
      let unix = try unixPair(.stream)
      #expect(throws: SocketError(errno: EISCONN)) { try unix.sender.send([[1]], to: .unix(path: "/tmp/x")) }
    }

    @Test("above 65 507 bytes: messageSize")
    func tooLong() throws {
      let receiver = try boundUDP()
      #expect(throws: SocketError(errno: EMSGSIZE)) {
        try Socket(.ipv4, .datagram).send(evenList(segments: 1, of: 65_508), to: receiver.localAddress)
      }
      #expect(nextMessage(receiver) == nil)
    }
  }
}
