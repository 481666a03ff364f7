// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// A UDP socket that is full. On loopback a UDP send never waits; here the packets stay in the queue of a neighbour who is
/// asked for again and again and never answers.
private func withFullUDPSocket(_ body: (Socket) async throws -> Void) async throws {
  try await NetworkNamespace.with(1) { spaces in
    try spaces[0].configure("link", "add", "cable", "type", "veth", "peer", "name", "other")
    try spaces[0].configure("addr", "add", "192.0.2.1/24", "dev", "cable")
    try spaces[0].configure("link", "set", "cable", "up")
    try spaces[0].configure("link", "set", "other", "up")
    let socket = try await spaces[0].inside {
      askForEver()
      return try Socket(.ipv4, .datagram)
    }
    try socket.setOption(.sendBufferSize, to: 1)
    try connectHere(socket, to: .ipv4("192.0.2.9", port: 9))
    #expect(fill(socket, with: [ArraySegment([UInt8](repeating: 1, count: 500))]) > 0)
    try await body(socket)
  }
}

/// Lets the kernel ask for a neighbour a hundred times, a second each, before it gives up.
private func askForEver() {
  let file = open("/proc/sys/net/ipv4/neigh/cable/mcast_solicit", O_WRONLY | O_CLOEXEC)
  write(file, "100", 3)
  close(file)
}

extension SocketTests {
  @Suite(
    "UDP that has to wait", .serialized,
    .enabled(if: NetworkNamespace.isAvailable, "needs root and iproute2: on loopback UDP never waits"))
  struct BlockedUDPTests {
    private let list = evenList(segments: 5, of: 100)

    private func expectInterrupted(_ sender: Sender, byClosing socket: Socket) async {
      await sender.untilBlocked()
      #expect(!sender.isFinished)
      let start = ContinuousClock.now
      socket.close()
      let end = await sender.value
      #expect(end.error == SocketError(code: .interrupted, errno: EINTR, bytesSent: 0))
      #expect(start.duration(to: end.finished) < .seconds(1))
    }

    @Test("close: interrupted, nothing sent, promptly", arguments: 1...5)
    func close(round: Int) async throws {
      try await withFullUDPSocket { socket in
        let sender = Sender(list, on: socket)
        await expectInterrupted(sender, byClosing: socket)
      }
    }

    @Test("close of a socket that is not connected, during a send to an address: interrupted")
    func closeUnconnected() async throws {
      try await withFullUDPSocket { socket in
        let address = try SocketAddress.ipv4("192.0.2.9", port: 9)
        let sender = Sender { SendEnd { () throws(SocketError) in try socket.send([[1]], to: address) } }
        await expectInterrupted(sender, byClosing: socket)
      }
    }

    @Test("time-out of 300 ms")
    func timeOut() async throws {
      try await withFullUDPSocket { socket in
        socket.sendTimeout = .milliseconds(300)
        let end = await Sender(list, on: socket).value
        #expect(end.error == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true))
        #expect(bounds.contains(end.duration))
      }
    }

    @Test("may not wait: wouldBlock")
    func wouldBlock() async throws {
      try await withFullUDPSocket { socket in
        #expect(errorOfSending(list, on: socket, flags: .doNotWait)?.code == .wouldBlock)
        try socket.setBlocking(false)
        #expect(errorOfSending(list, on: socket)?.code == .wouldBlock)
      }
    }
  }
}
