// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

extension SocketTests {
  @Suite("Connect that meets close", .serialized) struct ConnectMeetsCloseTests {
    /// A listener whose queue is full: a connect to it waits, also one whose system call comes just after the close's.
    @Test("returns, whichever comes first")
    func meetsClose() async throws {
      let (listener, queued) = try fullListener()
      let address = try listener.localAddress
      defer { for socket in queued { socket.close() } }
      for _ in 0..<1500 {
        let socket = try Socket(.ipv4, .stream)
        let start = StartTogether(2)
        let connecting = OwnThread {
          start.arrive()
          return errorOf { () throws(SocketError) in try socket.connect(to: address) }
        }
        start.arrive()
        socket.close()
        let isBack = await eventually(within: .seconds(5)) { connecting.isFinished }
        try #require(isBack, "the connect goes on waiting")
        let code = await connecting.value?.code
        #expect(code == .closed || code == .connectionAborted)
      }
    }
  }
}

/// Lets threads go on once all have arrived.
private final class StartTogether: Sendable {
  private let missing: Atomic<Int>
  init(_ count: Int) { missing = Atomic(count) }
  func arrive() {
    missing.subtract(1, ordering: .acquiringAndReleasing)
    while missing.load(ordering: .acquiring) > 0 {}
  }
}
