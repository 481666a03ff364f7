// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// Who sends: a `Socket` knows its kind, and a bare descriptor asks the system for it.
private enum AsyncSender: CaseIterable, Sendable {
  case socket, descriptor

  func send(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws(SocketError) -> Int {
    switch self {
    case .socket: try await socket.send(list)
    case .descriptor: try await socket.descriptor.send(list)
    }
  }
}

extension SocketTests {
  /// The event thread finds out by an empty send whether a Unix stream was shut down. On a socket that keeps the bounds of messages, an
  /// empty send would be a message.
  @Suite("An async send that waits adds no message of its own", .serialized) struct EmptyProbeTests {
    @Test("through three looks at the streams", arguments: [DatagramKind.unix, .sequencedPacket], AsyncSender.allCases)
    private func noEmptyMessage(kind: DatagramKind, sender: AsyncSender) async throws {
      let pair = try kind.pair()
      try pair.sender.setOption(.sendBufferSize, to: 16_384)
      let message = [UInt8](repeating: 7, count: 1000)
      var sent = 0
      while (try? await pair.sender.send([message[...]], flags: .doNotWait)) != nil { sent += 1 }
      #expect(sent > 4)
      let executor = CountingExecutor()
      let send = Task(executorPreference: executor) { try await sender.send([[1, 2], [3]], on: pair.sender) }
      await executor.untilFirstJobEnded()
      // The send waits. Linux announces room once three quarters of the buffer are free. After one message there is room, which it does
      // not announce: an empty message would be taken.
      #expect(executor.jobs == 1)
      #expect(nextMessage(pair.receiver) == message)
      // The streams are looked at every 100 ms. There is no event for a look that passes over a socket.
      try await Task.sleep(for: .milliseconds(350))
      var received: [[UInt8]] = []
      let arrived = await eventually {
        while let message = nextMessage(pair.receiver) { received.append(message) }
        return received.last == [1, 2, 3]
      }
      #expect(arrived && received.dropLast().allSatisfy { $0 == message })
      #expect(received.count == sent)
      #expect(try await send.value == 3)
      #expect(nextMessage(pair.receiver) == nil)
    }
  }
}
