// SPDX-License-Identifier: Apache-2.0

import CSendShim

// Darwin's kernel waits in a send on a socket in blocking mode, whatever `MSG_DONTWAIT` says, and forgets how many bytes such a send took
// if it then fails; and closing a listener wakes no accept. So each descriptor that a `Socket` owns has O_NONBLOCK there, and where the
// user's mode is blocking, every operation waits by poll. Built with `SOCKETSEND_STAYS_NONBLOCKING`, other systems do the same, for the
// tests. `Platform.socketsStayNonblocking` and `Platform.longestPoll` say whether this system needs it.

extension Socket {
  /// If the descriptor is in blocking mode, sets non-blocking mode for good, and notes that the user's mode is blocking.
  func stayNonblocking() {
    let number = descriptor.rawValue
    guard kind != nil, (try? SystemCalls.isNonblocking(number)) == false else { return }
    if (try? SystemCalls.setNonblocking(number, true)) != nil { isKeptNonblocking.store(true, ordering: .relaxed) }
  }

  /// How the core is to wait: as the user's mode says, even if the descriptor is kept in non-blocking mode.
  @inline(__always)
  func waitInCore(_ wait: SendWait, flags: CInt) -> SendWait {
    if !Platform.socketsStayNonblocking || wait.isForAnyMode || flags & CInt(MSG_DONTWAIT) != 0 { return wait }
    return isKeptNonblocking.load(ordering: .relaxed) ? .within(nanoseconds: wait.nanoseconds) : wait
  }
}

extension BlockingWait {
  /// How many milliseconds the next poll lasts if `left` are left; negative is no limit. Where closing a socket does not end a poll,
  /// each poll lasts at most `longest`, and the wait then checks whether its socket was closed.
  static func pollTime(left: CInt, atMost longest: CInt? = Platform.longestPoll) -> CInt {
    guard let longest else { return left }
    return left < 0 ? longest : min(left, longest)
  }
}
