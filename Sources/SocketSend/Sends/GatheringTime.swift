// SPDX-License-Identifier: Apache-2.0

/// The time at which a send of more than 1024 values began, however many segments each value adds. Other sends are not timed, so that a
/// short send does not pay for reading the clock.
@usableFromInline
package struct GatheringTime {
  /// An uptime; 0 for a list whose gathering is not measured.
  private let start: UInt64

  /// Whether the time for gathering a list of this number of values counts towards the time-out.
  @inlinable @inline(__always)
  package static func isMeasured(forValues values: Int) -> Bool { values > 1024 }

  @usableFromInline
  static var now: GatheringTime { GatheringTime(start: monotonicNanoseconds()) }

  static var none: GatheringTime { GatheringTime(start: 0) }

  var wasMeasured: Bool { start > 0 }

  /// How long ago the send began.
  var nanoseconds: Int64 { Int64(monotonicNanoseconds() - start) }
}
