// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

private enum ConnectForm: CaseIterable, Sendable {
  case plain, withTimeout, async

  func connect(_ socket: Socket, to address: SocketAddress) async throws(SocketError) {
    switch self {
    case .plain: try connectHere(socket, to: address, timeout: nil)
    case .withTimeout: try connectHere(socket, to: address, timeout: .seconds(20))
    case .async: try await socket.connect(to: address)
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
}
