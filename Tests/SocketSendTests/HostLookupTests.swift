// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend
import Testing

/// Looks up on a thread of its own, as a name server may let it wait.
private func lookUp(_ host: String, family: SocketFamily? = nil) async -> Result<[SocketAddress], SocketError> {
  await OwnThread {
    do throws(SocketError) {
      return .success(try SocketAddress.lookUp(host: host, port: 80, family: family))
    } catch {
      return .failure(error)
    }
  }.value
}

extension SocketTests {
  @Suite("Host names") struct HostLookupTests {
    @Test("localhost is this host, each address once, with the port")
    func localhost() async throws {
      let addresses = try await lookUp("localhost").get()
      let known = try [SocketAddress.ipv4("127.0.0.1", port: 80), .ipv6("::1", port: 80)]
      #expect(!addresses.isEmpty && addresses.allSatisfy(known.contains))
      #expect(Set(addresses).count == addresses.count)
    }

    @Test("numbers are looked up as themselves")
    func numeric() async throws {
      #expect(try await lookUp("192.0.2.1").get() == [.ipv4("192.0.2.1", port: 80)])
      #expect(try await lookUp("2001:db8::1").get() == [.ipv6("2001:db8::1", port: 80)])
    }

    @Test("addresses of one family only")
    func family() async throws {
      #expect(try await lookUp("localhost", family: .ipv4).get() == [.ipv4("127.0.0.1", port: 80)])
      #expect(throws: SocketError.self) { try SocketAddress.lookUp(host: "127.0.0.1", port: 80, family: .ipv6) }
    }

    @Test("an unknown name: one of the look-up's own codes", arguments: ["no-such-host.invalid", "", "-.-"])
    func unknown(host: String) async {
      guard case .failure(let error) = await lookUp(host) else {
        Issue.record("\(host) was found")
        return
      }
      let codes: [SocketError.Code] = [.hostNotFound, .tryAgain, .noRecovery, .noData]
      #expect(codes.contains(error.code))
    }

    @Test("connects to a host by name, trying its addresses in turn")
    func connects() async throws {
      // Where localhost is an IPv6 address too, nobody listens there.
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      let port = try #require(try listener.localAddress.port)
      let client = try await OwnThread { Result { try Socket.connected(toHost: "localhost", port: port) } }.value.get()
      #expect(try sendHere([[1], [2]], on: client) == 2)
      #expect(try receiveHere(upTo: 9, from: acceptHere(listener)) == [1, 2])
    }

    @Test("throws what the last address answered")
    func refused() async throws {
      let port = try #require(try deadAddress(.stream).port)
      let end = await OwnThread { Result { try Socket.connected(toHost: "localhost", port: port) } }.value
      #expect(throws: SocketError(errno: ECONNREFUSED)) { try end.get() }
    }

    @Test("a datagram socket to a host")
    func datagram() async throws {
      let receiver = try boundUDP()
      let port = try #require(try receiver.localAddress.port)
      let sender = try await OwnThread { Result { try Socket.connected(toHost: "127.0.0.1", port: port, kind: .datagram) } }
        .value.get()
      #expect(try sendHere([[1], [2]], on: sender) == 2)
      #expect(nextMessage(receiver) == [1, 2])
    }
  }
}
