// SPDX-License-Identifier: Apache-2.0

/// When a send of a long list began. Gathering such a list can take long, and counts towards the time-out.
@usableFromInline
package struct GatheringTime {
  /// An uptime; 0 for a list of at most 1024 segments, which takes microseconds to gather. Reading the clock twice would cost as much.
  private let start: UInt64

  @usableFromInline
  init(start: UInt64) { self.start = start }

  /// A send of `count` segments that begins now.
  @inlinable @inline(__always)
  package init(of count: Int) { self.init(start: count > 1024 ? Self.now() : 0) }

  /// A send whose list need not be gathered.
  static var none: GatheringTime { GatheringTime(start: 0) }

  @usableFromInline @inline(never)
  static func now() -> UInt64 { monotonicNanoseconds() }

  var wasMeasured: Bool { start > 0 }

  /// How long ago the send began.
  var nanoseconds: Int64 { Int64(monotonicNanoseconds() - start) }
}
