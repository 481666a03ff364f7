// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// Chooses how an operation waits next, so that no wait spins. The first wait is for the event. If room was reported and an offer then
/// takes nothing, the next waits are pauses, which no event of the socket ends, until an offer takes bytes. If an error alone was reported,
/// since the error queue is not empty, the wait is for a change of the socket. The table in the core's `wait.c` has the reasons.
/// Some things differ. An error or a hang-up ends a pause of the core. The core sleeps after 16 changes; this goes on waiting for changes.
/// The core limits every wait to 100 ms; this limits only pauses and waits for a change.
///
/// An event for data needs no pause: if the operation then finds none, another task or process took it, or the system dropped it, and
/// the event is over.
struct WaitPolicy {
  private enum Way {
    /// Wait for the event.
    case event
    /// Room was reported: pause in place of waiting for the event, until an offer takes bytes.
    case pause
    /// The error queue is not empty: wait until a change of the socket brings the event.
    case change
    /// The system cannot watch the descriptor: pause.
    case pauseForGood
  }

  /// Set by a send before its first wait for room: from then on the descriptor may be registered with epoll or kqueue.
  var isWatched = false
  /// Set by a send on a Unix stream before its first wait for room: see `WaitPlan.isSwept`. False for every other operation.
  var isSwept = false
  private var way = Way.event
  private var hasErrorQueue = false
  private var pauses: UInt64 = 0

  /// The longest pause, and the longest wait for a change, in nanoseconds. Then the operation is tried again, as the events may not
  /// tell that it is possible.
  private static let longestWait: UInt64 = 100_000_000

  mutating func next(for reason: WaitReason, until deadline: Deadline) -> WaitPlan {
    let deadline = deadline.uptimeNanoseconds
    switch way {
    case .event:
      return WaitPlan(reason: reason, deadline: deadline, isSwept: isSwept)
    case .change:
      return WaitPlan(
        reason: reason, deadline: min(deadline, monotonicNanoseconds() + Self.longestWait), isForChanges: true)
    case .pause, .pauseForGood:
      // 1 microsecond at first, then four times as long each time.
      let pause = min(1000 << (2 * min(pauses, 9)), Self.longestWait)
      pauses += 1
      return WaitPlan(reason: .noEvent, deadline: min(deadline, monotonicNanoseconds() + pause))
    }
  }

  mutating func ended(_ end: WaitEnd, of reason: WaitReason) {
    switch end {
    case .ready: if reason == .room, way != .pauseForGood { way = .pause }
    case .errorAlone:
      hasErrorQueue = true
      way = .change
    case .failed: way = .pauseForGood
    case .timeOut, .cancelled, .closed, .retried: break
    }
  }

  /// The socket took bytes.
  mutating func progressed() {
    pauses = 0
    if way == .pause { way = hasErrorQueue ? .change : .event }
  }
}
