// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Synchronization
import Testing

/// A byte that takes long to give, the first time.
private struct SlowByte: ByteSegment {
  private let given: Given

  final class Given: Sendable {
    fileprivate let isFirst = Atomic<Bool>(true)
  }

  init() { given = Given() }

  func addBytes(to list: inout SegmentList) {
    if given.isFirst.exchange(false, ordering: .relaxed) { usleep(100) }
    let byte: [UInt8] = [7]
    byte.withUnsafeBytes { list.append(copyOf: $0) }
  }

  var byteCount: Int { 1 }
}

private enum ListForm: CaseIterable, Sendable {
  case socket, socketMixed, descriptor, descriptorMixed

  /// Sends a list that takes 100 ms or more to gather, within 50 ms.
  func send(on socket: Socket) async throws(SocketError) -> Int {
    let list = (0..<1025).map { _ in SlowByte() }
    let timeout = Duration.milliseconds(50)
    switch self {
    case .socket: return try await socket.send(list, timeout: timeout)
    case .socketMixed: return try await socket.send(list as [any ByteSegment], timeout: timeout)
    case .descriptor: return try await socket.descriptor.send(list, timeout: timeout)
    case .descriptorMixed: return try await socket.descriptor.send(list as [any ByteSegment], timeout: timeout)
    }
  }
}

extension SocketTests {
  @Suite("The time that gathering a long list takes", .serialized) struct GatherTimeTests {
    @Test("counts towards an async send's time-out: the send does not wait after it", arguments: ListForm.allCases)
    private func counts(form: ListForm) async throws {
      let pair = try StreamKind.unix.smallPair()
      let held = fill(pair.sender)
      let traces = SendTraces()
      let observation = traces.start(pair.sender.descriptor)
      defer { observation.end() }
      let expected = SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true)
      await #expect(throws: expected) { try await form.send(on: pair.sender) }
      let trace = try #require(traces.last)
      #expect(trace.systemCalls == 1 && trace.waits == 0)
      #expect(drain(pair.receiver) == held)
    }
  }
}
