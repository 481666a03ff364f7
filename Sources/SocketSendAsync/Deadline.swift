// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// When a send is to have ended, on the monotonic clock.
@usableFromInline struct Deadline {
  /// `UInt64.max` is never.
  let uptimeNanoseconds: UInt64
  private let hasTime: Bool

  /// That many nanoseconds from now; a negative number is never.
  init(in nanoseconds: Int64) {
    uptimeNanoseconds = nanoseconds < 0 ? .max : monotonicNanoseconds() + UInt64(nanoseconds)
    hasTime = nanoseconds > 0
  }

  @usableFromInline
  init(within timeout: Duration?) { self.init(in: timeout?.timeoutNanoseconds ?? -1) }

  private init(at uptimeNanoseconds: UInt64) {
    self.uptimeNanoseconds = uptimeNanoseconds
    hasTime = true
  }

  static var never: Deadline { Deadline(at: .max) }

  /// The deadline for the first of `count` things that share the time that is left.
  func part(of count: Int) -> Deadline {
    if isNever || count < 2 { return self }
    return Deadline(at: monotonicNanoseconds() + nanosecondsLeft / UInt64(count))
  }

  var isNever: Bool { uptimeNanoseconds == .max }

  /// Whether a time-out greater than 0 has passed. A time-out of 0 sends what fits now, however long that takes.
  var isPassed: Bool { hasTime && nanosecondsLeft == 0 }

  var nanosecondsLeft: UInt64 {
    if isNever { return .max }
    let now = monotonicNanoseconds()
    return uptimeNanoseconds > now ? uptimeNanoseconds - now : 0
  }
}

/// A list of more segments takes more than one system call.
let mostAtOnce = 1024
