// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Connects of several threads on one socket", .serialized) struct ConnectMeetsConnectTests {
    /// Each of them sets the mode of the socket for the time of its system call.
    @Test("each ends with its time-out, and the mode is as before")
    func sameSocket() async throws {
      let (full, queued) = try fullListener(.unix)
      defer { for socket in queued + [full] { socket.close() } }
      let address = try full.localAddress
      let socket = try Socket(.unix, .stream)
      for _ in 0..<40 {
        let connects = (0..<4).map { _ in
          OwnThread {
            errorOf { () throws(SocketError) in try socket.connect(to: address, timeout: .milliseconds(40)) }
          }
        }
        let areBack = await eventually(within: .seconds(20)) { connects.allSatisfy(\.isFinished) }
        try #require(areBack, "a connect goes on waiting")
        for connect in connects {
          let error = await connect.value
          #expect(error?.code == .timedOut && error?.isOwnTimeout == true, "\(String(describing: error))")
        }
        #expect(try socket.isBlocking)
      }
    }
  }
}
