// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// When an operation is to have ended, on the monotonic clock.
@usableFromInline package struct Deadline: Sendable {
  /// `UInt64.max` is never.
  package let uptimeNanoseconds: UInt64
  /// Whether `isPassed` may become true: false for a time-out of 0. `part(of:)` sets true even for a time-out of 0. That is harmless: only
  /// `connect` uses such a deadline, and it does not ask `isPassed`.
  private let hasTime: Bool

  /// That many nanoseconds from now; a negative number is never.
  package init(in nanoseconds: Int64) {
    uptimeNanoseconds = nanoseconds < 0 ? .max : monotonicNanoseconds() + UInt64(nanoseconds)
    hasTime = nanoseconds > 0
  }

  @usableFromInline
  package init(within timeout: Duration?) { self.init(in: timeout?.timeoutNanoseconds ?? -1) }

  private init(at uptimeNanoseconds: UInt64) {
    self.uptimeNanoseconds = uptimeNanoseconds
    hasTime = true
  }

  package static var never: Deadline { Deadline(at: .max) }

  /// The deadline for the first of `count` things that share the time that is left.
  package func part(of count: Int) -> Deadline {
    if isNever || count < 2 { return self }
    return Deadline(at: monotonicNanoseconds() + nanosecondsLeft / UInt64(count))
  }

  package var isNever: Bool { uptimeNanoseconds == .max }

  /// Whether a send has to stop although the socket still takes bytes: a time-out greater than 0 has passed. A time-out of 0 only forbids
  /// waiting, so this stays false for it.
  package var isPassed: Bool { hasTime && nanosecondsLeft == 0 }

  package var nanosecondsLeft: UInt64 {
    if isNever { return .max }
    let now = monotonicNanoseconds()
    return uptimeNanoseconds > now ? uptimeNanoseconds - now : 0
  }

  /// When a wait of Dispatch is to end. Dispatch takes an uptime of 2^62 nanoseconds (146 years) or more for a time of another clock, and a
  /// wait for it can end at once. Such a deadline is never.
  package var dispatchTime: DispatchTime {
    uptimeNanoseconds < 1 << 62 ? DispatchTime(uptimeNanoseconds: uptimeNanoseconds) : .distantFuture
  }

  /// The time left in milliseconds, as poll takes it: rounded up, so that no time-out comes early. Negative is for ever.
  var millisecondsLeft: CInt {
    isNever ? -1 : CInt(clamping: (nanosecondsLeft + 999_999) / 1_000_000)
  }
}

/// The time on the monotonic clock.
package func monotonicNanoseconds() -> UInt64 { DispatchTime.now().uptimeNanoseconds }
