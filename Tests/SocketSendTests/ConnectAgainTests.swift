// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend
import SocketSendAsync
import Testing

private enum ConnectForm: CaseIterable, Sendable {
  case plain, withTimeout, async

  func connect(_ socket: Socket, to address: SocketAddress) async throws(SocketError) {
    switch self {
    case .plain: try connectHere(socket, to: address, timeout: nil)
    case .withTimeout: try connectHere(socket, to: address, timeout: .seconds(20))
    case .async: try await socket.connect(to: address, timeout: .seconds(20))
    }
  }
}

/// In a function that may wait: asynchronous code cannot call it.
private func connectHere(_ socket: Socket, to address: SocketAddress, timeout: Duration?) throws(SocketError) {
  try socket.connect(to: address, timeout: timeout)
}

extension SocketTests {
  @Suite("A connect on a connected socket") struct ConnectAgainTests {
    @Test("is isConnected, by whatever form each is made", arguments: ConnectForm.allCases, ConnectForm.allCases)
    private func again(first: ConnectForm, second: ConnectForm) async throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: .loopback(port: 0))
      try listener.listen()
      let address = try listener.localAddress
      let socket = try Socket(.ipv4, .stream)
      try await first.connect(socket, to: address)
      var failure: SocketError?
      do throws(SocketError) { try await second.connect(socket, to: address) } catch { failure = error }
      #expect(failure == SocketError(errno: EISCONN))
    }
  }
  @Suite("A connect of a UDP socket for which no port is free") struct ConnectWithoutPortTests {
    /// `IP_LOCAL_PORT_RANGE` of Linux 6.3: the lowest port, and the highest one times 65536.
    private static let portRange = SocketOption<UInt32>(level: CInt(IPPROTO_IP), name: 51)

    private static var canLimitPorts: Bool {
      (try? Socket(.ipv4, .datagram).setOption(portRange, to: 50000 | 50000 << 16)) != nil
    }

    @Test(
      "is wouldBlock at once: no wait would end",
      .enabled(if: canLimitPorts, "needs IP_LOCAL_PORT_RANGE of Linux 6.3"), arguments: ConnectForm.allCases)
    private func withoutPort(form: ConnectForm) async throws {
      let holder = try Socket(.ipv4, .datagram)
      try holder.bind(to: .any(port: 0))
      let port = try #require(try holder.localAddress.port)
      let socket = try Socket(.ipv4, .datagram)
      try socket.setOption(Self.portRange, to: UInt32(port) | UInt32(port) << 16)
      var failure: SocketError?
      do throws(SocketError) { try await form.connect(socket, to: .loopback(port: 9)) } catch { failure = error }
      #expect(failure == SocketError(errno: EAGAIN))
    }
  }
}
