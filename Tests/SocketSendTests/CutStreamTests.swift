// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// Who ends the sending direction of a Unix stream, for which the system has no event.
private enum Cut: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case peer = "the peer shuts its receiving direction down"
  case duplicate = "another descriptor of the socket is shut down"

  var testDescription: String { rawValue }

  func cut(_ pair: ConnectedPair) throws {
    switch self {
    case .peer: try pair.receiver.shutdown(.receive)
    case .duplicate:
      let duplicate = dup(pair.sender.descriptor.rawValue)
      #expect(shutDownSending(duplicate) == 0)
      close(duplicate)
    }
  }
}

/// A list that no small pair holds.
private let large = evenList(segments: 64, of: 1 << 16)

/// A send in a task of its own: its error.
private func sending(_ send: @escaping @Sendable () async throws(SocketError) -> Int) -> Task<SocketError?, Never> {
  Task {
    do throws(SocketError) {
      _ = try await send()
      return nil
    } catch {
      return error
    }
  }
}

extension SocketTests {
  @Suite("A Unix stream that is cut during a send that suspends", .serialized) struct CutStreamTests {
    @Test("the send ends within a second, with its count", arguments: Cut.allCases, [true, false])
    fileprivate func ends(cut: Cut, bySocket: Bool) async throws {
      let pair = try StreamKind.unix.smallPair()
      let (socket, descriptor) = (pair.sender, pair.sender.descriptor)
      let send = sending { () async throws(SocketError) in
        bySocket ? try await socket.send(large) : try await descriptor.send(large)
      }
      await pair.sender.untilFull()
      let start = ContinuousClock.now
      try cut.cut(pair)
      let error = await send.value
      #expect(error?.code == .shutdown && error?.bytesSent ?? 0 > 0)
      #expect(start.duration(to: .now) < .seconds(1))
    }

    @Test("sends that wait for their turn end too, and the turn is free", arguments: Cut.allCases)
    fileprivate func turn(cut: Cut) async throws {
      let pair = try StreamKind.unix.smallPair()
      let socket = pair.sender
      socket.sendTimeout = .seconds(5)
      let first = sending { () async throws(SocketError) in try await socket.send(large) }
      await socket.untilFull()
      let others = (0..<3).map { _ in sending { () async throws(SocketError) in try await socket.send([[1]]) } }
      try await Task.sleep(for: .milliseconds(20))  // one that does not wait yet ends as well
      try cut.cut(pair)
      #expect(await first.value?.code == .shutdown)
      for other in others { #expect(await other.value?.code == .shutdown) }
      #expect(await sending { () async throws(SocketError) in try await socket.send([[2]]) }.value?.code == .shutdown)
    }
  }
}
