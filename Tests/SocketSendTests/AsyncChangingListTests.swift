// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Synchronization
import Testing

/// A value that has its bytes when it is gathered first, and none later, against the contract of `ByteSegment`.
private final class VanishingBytes: ByteSegment, Sendable {
  private let bytes = [UInt8](repeating: 7, count: 4 << 20)
  private let wasGathered = Atomic(false)

  func addBytes(to list: inout SegmentList) {
    if !wasGathered.exchange(true, ordering: .relaxed) { list.append(bytes) }
  }
}

extension SocketTests {
  @Suite("Sends that suspend, of a list that becomes shorter", .serialized) struct AsyncChangingListTests {
    @Test("a list without bytes after the first offer is an error with the count, and the next send gets its turn")
    func endsTurn() async throws {
      let pair = try Self.pair()
      let sent = await bytesSent { () async throws(SocketError) in try await pair.sender.send(VanishingBytes()) }
      #expect(sent > 0 && drain(pair.receiver) == sent)
      #expect(errorOfSending(on: pair.sender, flags: .doNotWait) == nil)
    }

    @Test("the same on a descriptor")
    func descriptor() async throws {
      let pair = try Self.pair()
      let socket = pair.sender.descriptor
      let sent = await bytesSent { () async throws(SocketError) in try await socket.send(VanishingBytes()) }
      #expect(sent > 0 && drain(pair.receiver) == sent)
    }

    /// A pair on which something was sent. Until the first send of a process has settled whether sends are traced, an async send makes no
    /// first offer.
    private static func pair() throws -> ConnectedPair {
      let pair = try StreamKind.unix.smallPair()
      try pair.sender.send([[1]])
      _ = drain(pair.receiver)
      return pair
    }

    /// The bytes that a send reports, which fails since its list became shorter.
    private func bytesSent(_ send: () async throws(SocketError) -> Int) async -> Int {
      do throws(SocketError) {
        Issue.record("\(try await send()) bytes were sent without an error")
        return 0
      } catch {
        #expect(error.code == .fault && error.errno == EFAULT)
        return error.bytesSent
      }
    }
  }
}
