// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// How a thread waits for a socket between two tries of an operation that itself never waits: a connect, an accept, a receive, or an offer
/// or the collecting of notifications in `sendZeroCopy`.
///
/// If poll answers at once and the next try gets nothing all the same, polling again at once could spin:
///
///     poll answers              meaning, if the next try gets nothing              then
///     nothing                   the time of this poll is over                      polls again; the wait ends at its deadline
///     a signal (EINTR)          the socket may not be ready                        polls again
///     data, if waited for       another thread took it, or the system dropped it   polls again; pauses before, from the 17th time on
///     room, if waited for       the queue of a Unix listener or receiver is full   pauses, and polls again
///     anything else             the error queue is not empty (transmit             waits for a change (`ChangeWatch`); pauses, and
///                               timestamps), so that poll answers at once          polls again, after 16 changes or without epoll
///     a failure                 a sandbox refuses poll, or RLIMIT_NOFILE is 0      pauses, and polls again
///
/// Pauses begin at 1 us, and each is four times as long as the one before, up to 10 ms. Neither data nor closing the socket ends a pause,
/// so the longest pause is short. A wait for a change lasts at most 100 ms: then the operation is tried again.
///
/// POLLNVAL, for a descriptor that is not open, is in the row "anything else": the next try gets EBADF, and the operation ends.
struct BlockingWait {
  private let event: CInt
  private let deadline: Deadline
  private let longestPoll: CInt?
  /// How often poll or a change answered and the next try got nothing; set above `mostWithoutPause` where a pause is due at once.
  private var failedTries = 0
  /// poll answered with an error condition alone: the next wait is for a change.
  private var isChangeDue = false
  private(set) var watch: ChangeWatch?

  private static let mostWithoutPause = 16
  private static let longestPause: UInt64 = 10_000_000
  private static let longestWatch: UInt64 = 100_000_000

  /// `event` is `Platform.room`, `Platform.data`, or 0 for an error condition, which poll reports always. One poll lasts at most
  /// `longestPoll` milliseconds; nil is no limit, where closing a socket ends a poll.
  init(for event: CInt, until deadline: Deadline, longestPoll: CInt? = Platform.longestPoll) {
    self.event = event
    self.deadline = deadline
    self.longestPoll = longestPoll
  }

  /// Waits until the operation is to be tried again. Throws the own time-out if the deadline has passed before the wait. A wait that the
  /// deadline ends returns, so that there is one more try.
  mutating func next(on descriptor: CInt) throws(SocketError) {
    if deadline.nanosecondsLeft == 0 { throw .ownTimeout(bytesSent: 0) }
    if isChangeDue, awaitChange(of: descriptor) { return }
    do throws(SocketError) {
      try pauseAndPoll(descriptor)
    } catch {
      if error.errno != EINTR { note(isPauseDue: true) }
    }
  }

  private mutating func pauseAndPoll(_ descriptor: CInt) throws(SocketError) {
    pause()
    let time = Self.pollTime(left: deadline.millisecondsLeft, atMost: longestPoll)
    let events = try SystemCalls.poll(descriptor, for: event, milliseconds: time)
    if events == 0 { return }
    let isErrorAlone = events & event == 0
    isChangeDue = isErrorAlone && failedTries < Self.mostWithoutPause
    if !isChangeDue { note(isPauseDue: isErrorAlone || event == Platform.room) }
  }

  /// Waits for a change of the socket. Returns false, without a wait, if there is no epoll or there were 16 changes: then pauses are due.
  ///
  /// The watch is opened here and not when poll answers, because the next try may get what it wants: `sendZeroCopy` waits for an error
  /// condition.
  private mutating func awaitChange(of descriptor: CInt) -> Bool {
    if watch == nil { watch = ChangeWatch(descriptor, for: event) }
    guard let watch, failedTries < Self.mostWithoutPause else {
      self.watch = nil
      isChangeDue = false
      note(isPauseDue: true)
      return false
    }
    if watch.next(nanoseconds: min(deadline.nanosecondsLeft, Self.longestWatch)) { note(isPauseDue: false) }
    return true
  }

  private mutating func note(isPauseDue: Bool) {
    failedTries = max(failedTries + 1, isPauseDue ? Self.mostWithoutPause + 1 : 0)
  }

  private func pause() {
    let pauses = failedTries - Self.mostWithoutPause
    if pauses > 0 {
      SystemCalls.sleep(
        nanoseconds: min(1000 << UInt64(2 * min(pauses - 1, 7)), Self.longestPause, deadline.nanosecondsLeft))
    }
  }
}

extension Socket {
  /// Tries `operation` until it answers something other than EAGAIN and EINPROGRESS, and waits before each new try. In non-blocking mode
  /// this tries once. An operation that waits itself, in a system call, needs one try. The deadline is made after the first try.
  ///
  /// - Throws: What the operation answers; `.timedOut` once the deadline passed; `.closed` if the socket was closed before, and the error
  ///   of `closedMeanwhile` if it was closed since.
  func waiting<Result>(
    for event: CInt, until deadline: @autoclosure () -> Deadline, longestPoll: CInt? = Platform.longestPoll,
    _ operation: (CInt) throws(SocketError) -> Result
  ) throws(SocketError) -> Result {
    try using { number throws(SocketError) in
      var wait: BlockingWait?
      while true {
        let error: SocketError
        do throws(SocketError) {
          return try operation(number)
        } catch let answer {
          error = answer
        }
        if error.errno != EAGAIN, error.errno != EINPROGRESS { throw error }
        if isClosed { throw SocketError(errno: closedMeanwhile) }
        if wait == nil {
          guard try isUserBlocking(number) else { throw error }
          wait = BlockingWait(for: event, until: deadline(), longestPoll: longestPoll)
        }
        try wait?.next(on: number)
      }
    }
  }

  /// Whether the mode that the user set is blocking.
  func isUserBlocking(_ number: CInt) throws(SocketError) -> Bool {
    if isKeptNonblocking.load(ordering: .relaxed) { return true }
    return try withMode { () throws(SocketError) in
      // Checked again, because a send of files may have begun since the first check.
      if isKeptNonblocking.load(ordering: .relaxed) { return true }
      return try !SystemCalls.isNonblocking(number)
    }
  }
}
