// SPDX-License-Identifier: Apache-2.0
import Dispatch
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
      let withoutWait = try await connected(toHost: "127.0.0.1", port: port, kind: .datagram, timeout: .zero).get()
      #expect(try sendHere([[3]], on: withoutWait) == 1)
      #expect(nextMessage(receiver) == [3])
    }

    @Test("a host within a time: by name, by numbers, refused, unknown", .timeLimit(.minutes(1)))
    func within() async throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: loopback(.ipv4))
      try listener.listen()
      let port = try #require(try listener.localAddress.port)
      let dead = try #require(try deadAddress(.stream).port)
      for host in ["localhost", "127.0.0.1"] {
        let client = try await connected(toHost: host, port: port, timeout: .seconds(20)).get()
        #expect(try client.isBlocking)
        #expect(try sendHere([[1], [2]], on: client) == 2)
        #expect(try receiveHere(upTo: 9, from: acceptHere(listener)) == [1, 2])
        let refused = await connected(toHost: host, port: dead, timeout: .seconds(20))
        #expect(throws: SocketError(errno: ECONNREFUSED)) { try refused.get() }
      }
      let unknown = await connected(toHost: "no-such-host.invalid", port: port, timeout: .seconds(50))
      #expect(throws: SocketError.self) { try unknown.get() }
    }

    @Test(
      "a host that does not answer: the time is over, and not early", arguments: [.milliseconds(60), .zero] as [Duration])
    func late(timeout: Duration) async throws {
      let (full, clients) = try fullListener(.ipv4)
      let port = try #require(try full.localAddress.port)
      for host in ["127.0.0.1", "localhost"] {
        let start = ContinuousClock.now
        let end = await connected(toHost: host, port: port, timeout: timeout)
        let duration = start.duration(to: .now)
        #expect(duration >= timeout && duration < .seconds(20))
        #expect(throws: SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true)) { try end.get() }
      }
      for client in clients { client.close() }
    }

    @Test("addresses that are still to be tried share the time that is left")
    func parts() {
      let deadline = Deadline(within: .seconds(90))
      func seconds(_ part: Deadline) -> UInt64 { (part.nanosecondsLeft + 500_000_000) / 1_000_000_000 }
      #expect(seconds(deadline.part(of: 3)) == 30 && seconds(deadline.part(of: 2)) == 45)
      #expect(deadline.part(of: 1).uptimeNanoseconds == deadline.uptimeNanoseconds)
      #expect(Deadline.never.part(of: 3).isNever)
      #expect(Deadline(within: .zero).part(of: 3).nanosecondsLeft == 0)
    }

    /// Dispatch takes 2^62 nanoseconds or more for a time of another clock, other than `distantFuture`.
    @Test(
      "a wait of centuries is one for Dispatch too",
      arguments: [.nanoseconds(1 << 62), .nanoseconds((1 << 62) - 1), .seconds(Int64.max), .seconds(1 << 30), nil]
        as [Duration?])
    func centuries(timeout: Duration?) {
      let time = Deadline(within: timeout).dispatchTime
      #expect(time == .distantFuture || time.rawValue < 1 << 62)
      #expect(time > .now() + .seconds(1 << 29))
    }
  }
}

/// Connects on a thread of its own.
private func connected(
  toHost host: String, port: UInt16, kind: Socket.Kind = .stream, timeout: Duration?
) async -> Result<Socket, SocketError> {
  await OwnThread {
    Result { () throws(SocketError) in try Socket.connected(toHost: host, port: port, kind: kind, timeout: timeout) }
  }.value
}
