// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// Where in a list of so many segments two stand whose lengths no `Int` can hold together. The others are one byte long.
struct OverflowingList: Sendable, CustomTestStringConvertible {
  var segments: Int
  var places: [Int]

  var testDescription: String { "\(places) of \(segments)" }

  static let all = [
    OverflowingList(segments: 2, places: [0, 1]),
    OverflowingList(segments: 1024, places: [0, 1023]),
    OverflowingList(segments: 1025, places: [0, 1]),
    OverflowingList(segments: 3000, places: [0, 2999]),
    OverflowingList(segments: 3000, places: [1023, 1024]),
    OverflowingList(segments: 3000, places: [2998, 2999]),
    // The sum comes back to what an Int holds.
    OverflowingList(segments: 3000, places: [1000, 1001, 2500, 2501]),
  ]

  /// Calls `body` with the list. No byte of its long segments is to be read, as most are not there.
  func withSegments<Result>(_ body: ([UnsafeRawBufferPointer]) async throws -> Result) async rethrows -> Result {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 1)
    defer { memory.deallocate() }
    memory.storeBytes(of: 7, as: UInt8.self)
    return try await body(
      (0..<segments).map { UnsafeRawBufferPointer(start: memory, count: places.contains($0) ? .max : 1) })
  }
}

extension SocketTests {
  @Suite("Lengths that overflow: invalidArgument, nothing sent") struct OverflowingListTests {
    private let refused = SocketError(errno: EINVAL)

    @Test("sends that block", arguments: OverflowingList.all)
    func blocking(list: OverflowingList) async throws {
      let stream = try unixPair(.stream)
      let message = try udpPair()
      await list.withSegments { segments in
        for sender in [stream.sender, message.sender] {
          sendBlocking(segments, on: sender)
        }
      }
      #expect(drain(stream.receiver) == 0 && nextMessage(message.receiver) == nil)
    }

    private func sendBlocking(_ segments: [UnsafeRawBufferPointer], on sender: Socket) {
      #expect(throws: refused) { try sender.send(segments) }
      #expect(throws: refused) { try sender.send(segments as [any ByteSegment], flags: .doNotWait) }
      #expect(throws: refused) { try sender.descriptor.send(segments, timeout: .seconds(1)) }
      #expect(throws: refused) { try sender.descriptor.send(segments, skipping: 0) }
    }

    @Test("sends that suspend", arguments: OverflowingList.all)
    func suspending(list: OverflowingList) async throws {
      let stream = try unixPair(.stream)
      let message = try udpPair()
      await list.withSegments { segments in
        for sender in [stream.sender, message.sender] {
          await #expect(throws: refused) { try await sender.send(segments) }
          await #expect(throws: refused) { try await sender.send(segments as [any ByteSegment], flags: .doNotWait) }
          await #expect(throws: refused) { try await sender.send(segments, flags: .endOfRecord) }
          await #expect(throws: refused) { try await sender.descriptor.send(segments, timeout: .seconds(1)) }
        }
      }
      #expect(drain(stream.receiver) == 0 && nextMessage(message.receiver) == nil)
    }

    @Test("its count of bytes, and a trace of it, do not end the process")
    func counted() async throws {
      let pair = try unixPair(.stream)
      let traces = SendTraces()
      let observation = traces.start(pair.sender.descriptor)
      defer { observation.end() }
      for list in OverflowingList.all {
        await list.withSegments { segments in
          _ = segments.byteCount
          _ = (segments as [any ByteSegment]).byteCount
          await #expect(throws: refused) { try await pair.sender.send(segments) }
        }
        #expect(traces.last?.error == refused && traces.last?.bytesAccepted == 0)
      }
    }

    @Test("the longest time-outs of sends that suspend", arguments: [.max, .max / 1_000_000_000] as [Int64])
    func longestTimeOut(seconds: Int64) async throws {
      let pair = try StreamKind.unix.smallPair()
      pair.sender.sendTimeout = .seconds(seconds)
      let list = evenList(segments: 64, of: 1 << 16)
      let reader = Reader(pair.receiver, .slow)
      async let first = pair.sender.send(list)
      async let second = pair.sender.send(list)
      #expect(try await first + second == 2 * list.byteCount)
      pair.sender.close()
      #expect(await reader.value.bytes.count == 2 * list.byteCount)
    }
  }
}
