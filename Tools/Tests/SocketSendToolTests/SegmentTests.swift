// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@testable import socketsend

@Suite struct SegmentTests {
  private static func bytes(_ count: Int) -> [UInt8] {
    var generator = SeededGenerator(state: UInt64(count))
    return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
  }

  @Test(arguments: [0, 1, 2, 100, 16_384, 16_385, 1_000_000])
  func segmentsCoverTheFile(count: Int) {
    let file = Self.bytes(count)
    var segments = UnevenSegments(seed: 7)
    #expect(segments.cut(file).flatMap { $0 } == file)
  }

  @Test func segmentsAreUnevenAndTheSameForASeed() {
    let file = Self.bytes(1_000_000)
    var one = UnevenSegments(seed: 7)
    var other = UnevenSegments(seed: 7)
    let sizes = one.cut(file).map(\.count)
    #expect(sizes == other.cut(file).map(\.count))
    #expect(Set(sizes).count > 50)
    #expect(sizes.contains(0))
    #expect(sizes.max()! > 8192)
  }

  @Test(arguments: [1, 2, 3, 7, 100, 59_999, 1_000_000])
  func messagesCoverTheListAndStayBelowTheLimit(limit: Int) {
    let file = Self.bytes(limit == 1 ? 1000 : 200_000)
    var segments = UnevenSegments(seed: 9)
    let list = [[]] + segments.cut(file) + [[]]
    let messages = list.cut(intoMessagesOf: limit)
    #expect(messages.flatMap { $0 }.flatMap { $0 } == file)
    #expect(messages.allSatisfy { (1...limit).contains($0.byteCount) })
    #expect(messages.dropLast().allSatisfy { $0.byteCount == limit })
  }

  @Test(arguments: [1, 10, 64, 10_000])
  func collectedListsAreInOrderAndBounded(capacity: Int) throws {
    let file = Self.bytes(5000)
    var lists: [[ArraySegment<UInt8>]] = []
    var collector = ListCollector(capacity: capacity, send: { lists.append($0) }, sendWithRegion: { _, _ in })
    for start in stride(from: 0, to: file.count, by: 50) {
      try collector.add(ArraySegment(file, offset: start, count: 50))
    }
    try collector.flush()
    try collector.flush()
    #expect(lists.flatMap { $0 }.flatMap { $0 } == file)
    #expect(lists.allSatisfy { !$0.isEmpty && $0.byteCount < capacity + 50 })
  }

  @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567"), (12_345, "12,345")])
  func groupsDigits(number: Int, text: String) {
    #expect(number.grouped == text)
  }
}
