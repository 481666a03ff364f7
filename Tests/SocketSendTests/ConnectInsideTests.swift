// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend
import Testing

extension SocketTests {
  @Suite("Connect in blocking mode, whose system call ends early") struct ConnectInsideTests {
    /// Linux ends connect(2) with EINPROGRESS after this time. A listener whose queue is full leaves the connection in the making.
    @Test("an SO_SNDTIMEO does not end it")
    func goesOnAfterTimeout() async throws {
      let (listener, queued) = try fullListener()
      let address = try listener.localAddress
      let socket = try Socket(.ipv4, .stream)
      let option = SocketOption<timeval>(level: SOL_SOCKET, name: SO_SNDTIMEO)
      try socket.setOption(option, to: timeval(tv_sec: 0, tv_usec: 50_000))
      let connecting = OwnThread { errorOf { () throws(SocketError) in try socket.connect(to: address) } }
      let isBack = await eventually(within: .milliseconds(500)) { connecting.isFinished }
      #expect(!isBack, "the connect ended before the connection was made")
      for socket in queued { socket.close() }
      let accepting = OwnThread {
        for _ in 0..<100 where !connecting.isFinished { _ = try? listener.accept(timeout: .milliseconds(200)) }
      }
      #expect(await connecting.value == nil)
      await accepting.value
    }
  }
}
