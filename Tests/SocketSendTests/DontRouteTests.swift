// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// Two networks joined by a cable. The first is 192.0.2.1; the second 192.0.2.2, and a router to 198.51.100.1.
func withJoinedNetworks(_ body: (NetworkNamespace, NetworkNamespace) async throws -> Void) async throws {
  try await NetworkNamespace.with(2) { spaces in
    let (near, far) = (spaces[0], spaces[1])
    try near.configure("link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", far.name)
    try near.configure("addr", "add", "192.0.2.1/24", "dev", "cable")
    try far.configure("addr", "add", "192.0.2.2/24", "dev", "cable")
    try far.configure("addr", "add", "198.51.100.1/32", "dev", "lo")
    for space in spaces {
      try space.configure("link", "set", "lo", "up")
      try space.configure("link", "set", "cable", "up")
    }
    try near.configure("route", "add", "198.51.100.0/24", "via", "192.0.2.2")
    try await body(near, far)
  }
}

extension SocketTests {
  @Suite(
    "DontRoute: not routed",
    .enabled(if: NetworkNamespace.isAvailable, "needs root and iproute2, to make two network namespaces"))
  struct DontRouteTests {
    private func arrived(_ socket: Socket) async -> [UInt8]? {
      await socket.untilPolled(POLLIN)
      return nextMessage(socket)
    }

    @Test("on-link arrives, off-link is refused and goes without the flag")
    func onLinkAlone() async throws {
      try await withJoinedNetworks { near, far in
        let receiver = try await far.inside {
          let socket = try Socket(.ipv4, .datagram)
          try socket.bind(to: .ipv4("0.0.0.0", port: 0))
          return socket
        }
        let port = try #require(try receiver.localAddress.port)
        let sender = try await near.inside { try Socket(.ipv4, .datagram) }
        let onLink = try SocketAddress.ipv4("192.0.2.2", port: port)
        let offLink = try SocketAddress.ipv4("198.51.100.1", port: port)
        let refused = SocketError(code: .networkUnreachable, errno: ENETUNREACH)

        try connectHere(sender, to: onLink)
        #expect(try sendHere([[1], [1]], on: sender, flags: .dontRoute) == 2)
        #expect(await arrived(receiver) == [1, 1])
        try connectHere(sender, to: offLink)
        #expect(errorOfSending([[2], [2]], on: sender, flags: .dontRoute) == refused)
        #expect(try sendHere([[3], [3]], on: sender) == 2)
        #expect(await arrived(receiver) == [3, 3])

        #expect(try sendHere([[4]], on: sender, to: onLink, flags: .dontRoute) == 1)
        #expect(await arrived(receiver) == [4])
        #expect(throws: refused) { try sender.send([[5]], to: offLink, flags: .dontRoute) }
        #expect(try sendHere([[6]], on: sender, to: offLink) == 1)
        #expect(await arrived(receiver) == [6], "what was refused never arrived")
      }
    }

    @Test("a list of more than 1024 segments too")
    func longList() async throws {
      try await withJoinedNetworks { near, _ in
        let sender = try await near.inside { try Socket(.ipv4, .datagram) }
        try connectHere(sender, to: .ipv4("198.51.100.1", port: 9))
        #expect(errorOfSending(evenList(segments: 2000, of: 1), on: sender, flags: .dontRoute)?.code == .networkUnreachable)
        #expect(errorOfSending(evenList(segments: 2000, of: 1), on: sender) == nil)
      }
    }
  }
}
