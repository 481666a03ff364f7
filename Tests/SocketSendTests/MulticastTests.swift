// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Multicast groups") struct MulticastTests {
    private let loopbackInterface = if_nametoindex("lo")

    /// Two sockets of a family, the first with a port of its own on all addresses, and a group's address with that port.
    private func sockets(_ family: SocketFamily) throws -> (receiver: Socket, sender: Socket, group: SocketAddress) {
      let receiver = try Socket(family, .datagram)
      try receiver.bind(to: family == .ipv6 ? .ipv6("::", port: 0) : .ipv4("0.0.0.0", port: 0))
      let port = try #require(try receiver.localAddress.port)
      let group = try family == .ipv6 ? SocketAddress.ipv6("ff15::db8:7", port: port) : .ipv4("239.255.77.7", port: port)
      return (receiver, try Socket(family, .datagram), group)
    }

    @Test("a member receives what is sent to the group, by IPv4")
    func ipv4() throws {
      let (receiver, sender, group) = try sockets(.ipv4)
      try receiver.joinMulticastGroup(group, onInterface: loopbackInterface)
      try sender.setOption(.multicastInterface, to: loopbackInterface)
      #expect(try sender.send([[1], [2, 3]], to: group) == 3)
      #expect(try receiver.receive(upTo: 9) == [1, 2, 3])
    }

    private static let ipv4Group: [UInt8] = [239, 255, 77, 8]
    private static let ipv6Group: [UInt8] = [0xff, 2] + [UInt8](repeating: 0, count: 10) + [0x0d, 0xb8, 0, 8]

    /// Whether the system finds an interface for the group: whether a route leads there.
    private static let hasRoute = canJoin(.ipv4, CInt(IPPROTO_IP), IP_ADD_MEMBERSHIP, ipv4Group)
    private static let hasRouteByIPv6 = hasIPv6 && canJoin(.ipv6, CInt(IPPROTO_IPV6), IPV6_JOIN_GROUP, ipv6Group)

    private static func canJoin(_ family: SocketFamily, _ level: CInt, _ name: CInt, _ group: [UInt8]) -> Bool {
      guard let socket = try? Socket(family, .datagram) else { return false }
      // The group, and four bytes for the interface: any.
      let request = group + [0, 0, 0, 0]
      return setsockopt(socket.descriptor.rawValue, level, name, request, socklen_t(request.count)) == 0
    }

    @Test(
      "the interface that the system chooses: joined once, left once",
      .enabled(if: hasRoute, "needs a route to the group"))
    func anyInterface() throws {
      try expectMembership(of: .ipv4("239.255.77.8", port: 1))
    }

    @Test(
      "the interface that the system chooses, by IPv6: joined once, left once",
      .enabled(if: hasRouteByIPv6, "needs IPv6, and a route to the group"))
    func anyInterfaceByIPv6() throws {
      try expectMembership(of: .ipv6("ff02::db8:8", port: 1))
    }

    private func expectMembership(of group: SocketAddress) throws {
      let (socket, _, _) = try sockets(group.family)
      try socket.joinMulticastGroup(group)
      #expect(throws: SocketError(errno: EADDRINUSE)) { try socket.joinMulticastGroup(group) }
      try socket.leaveMulticastGroup(group)
      #expect(throws: SocketError(errno: EADDRNOTAVAIL)) { try socket.leaveMulticastGroup(group) }
    }

    /// Linux delivers no IPv6 multicast by the loopback interface, so the sockets are in a network with another one.
    @Test(
      "a member receives what is sent to the group, by IPv6",
      .enabled(if: hasIPv6 && NetworkNamespace.isAvailable, "needs IPv6, root and iproute2, to make a network namespace"))
    func ipv6() async throws {
      try await NetworkNamespace.with(1) { spaces in
        try spaces[0].configure("link", "add", "cable", "type", "veth", "peer", "name", "other")
        try spaces[0].configure("-6", "addr", "add", "fd00:77::1/64", "dev", "cable", "nodad")
        try spaces[0].configure("link", "set", "cable", "up")
        try spaces[0].configure("link", "set", "other", "up")
        let (receiver, sender, group) = try await spaces[0].inside { try sockets(.ipv6) }
        let cable = try await spaces[0].inside { if_nametoindex("cable") }
        try receiver.joinMulticastGroup(group, onInterface: cable)
        try sender.setOption(.multicastInterfaceIPv6, to: cable)
        // The kernel makes the routes of an interface some time after the interface is up.
        var sent: Int?
        await eventually {
          sent = try? sendHere([[1], [2, 3]], on: sender, to: group)
          return sent != nil
        }
        #expect(sent == 3)
        await receiver.untilPolled(POLLIN)
        #expect(try receiveHere(on: receiver) == [1, 2, 3])
      }
    }

    private func sendHere(_ list: [ArraySegment<UInt8>], on socket: Socket, to group: SocketAddress) throws -> Int {
      try socket.send(list, to: group)
    }

    private func receiveHere(on socket: Socket) throws -> [UInt8] { try socket.receive(upTo: 9) }

    @Test("joining twice, leaving twice, by the socket and by its descriptor")
    func twice() throws { try expectOnce(.ipv4) }

    @Test("joining twice, leaving twice, by IPv6", .enabled(if: hasIPv6, "needs IPv6"))
    func twiceByIPv6() throws { try expectOnce(.ipv6) }

    private func expectOnce(_ family: SocketFamily) throws {
      let (socket, _, group) = try sockets(family)
      let joined = SocketError(errno: EADDRINUSE)
      let absent = SocketError(errno: EADDRNOTAVAIL)
      try socket.joinMulticastGroup(group, onInterface: loopbackInterface)
      #expect(throws: joined) { try socket.joinMulticastGroup(group, onInterface: loopbackInterface) }
      #expect(throws: joined) { try socket.descriptor.joinMulticastGroup(group, onInterface: loopbackInterface) }
      try socket.leaveMulticastGroup(group, onInterface: loopbackInterface)
      #expect(throws: absent) { try socket.leaveMulticastGroup(group, onInterface: loopbackInterface) }
      #expect(throws: absent) { try socket.descriptor.leaveMulticastGroup(group, onInterface: loopbackInterface) }
      try socket.descriptor.joinMulticastGroup(group, onInterface: loopbackInterface)
      try socket.descriptor.leaveMulticastGroup(group, onInterface: loopbackInterface)
    }

    @Test("the zone of a group is the interface, unless another one is given", .enabled(if: hasIPv6, "needs IPv6"))
    func zone() throws {
      let socket = try Socket(.ipv6, .datagram)
      let group = try SocketAddress.ipv6("ff02::db8:9%lo", port: 0)
      try socket.joinMulticastGroup(group)
      #expect(throws: SocketError(errno: EADDRINUSE)) {
        try socket.joinMulticastGroup(group, onInterface: loopbackInterface)
      }
      try socket.leaveMulticastGroup(group)
      #expect(throws: SocketError(errno: EADDRNOTAVAIL)) {
        try socket.leaveMulticastGroup(group, onInterface: loopbackInterface)
      }
      #expect(throws: SocketError(errno: ENODEV)) { try socket.joinMulticastGroup(group, onInterface: 1 << 30) }
    }

    @Test("addresses that are no group, interfaces that are not there")
    func mistakes() throws {
      let socket = try Socket(.ipv4, .datagram)
      #expect(throws: SocketError(errno: EINVAL)) {
        try socket.joinMulticastGroup(.ipv4("127.0.0.1", port: 1), onInterface: loopbackInterface)
      }
      #expect(throws: SocketError(errno: EAFNOSUPPORT)) { try socket.joinMulticastGroup(.unix(path: "/tmp/group")) }
      let group = try SocketAddress.ipv4("239.255.77.7", port: 0)
      #expect(throws: SocketError(errno: ENODEV)) { try socket.joinMulticastGroup(group, onInterface: 1 << 30) }
      #expect(throws: SocketError(errno: EINVAL)) { try socket.setOption(.multicastInterface, to: .max) }
      #expect(throws: (any Error).self) { try socket.setOption(.multicastInterface, to: 1 << 30) }
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try socket.option(.multicastInterface) }
      socket.close()
      #expect(throws: SocketError(code: .closed, errno: EBADF)) { try socket.joinMulticastGroup(group) }
      #expect(throws: SocketError(code: .closed, errno: EBADF)) { try socket.leaveMulticastGroup(group) }
    }
  }
}
