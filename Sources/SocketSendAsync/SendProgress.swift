// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

/// What is left of an async send's list, and what came of it so far. The policy is: offer without waiting, and while the socket has
/// no room, wait for it without a thread.
///
/// It is the C core's policy with other means of waiting. An offer has one of four outcomes. All was sent; bytes are left
/// that may be offered at once; the socket is full (EAGAIN) or is still connecting (EINPROGRESS); or the offer failed.
struct SendProgress: ~Copyable {
  let descriptor: SocketDescriptor
  /// The platform's.
  private let flags: CInt
  private let address: SocketAddress?
  private let deadline: Deadline
  /// The socket whose `close()` ends the send; nil for a caller's descriptor.
  let socket: Socket?

  private var list: SendCursor
  private var offer: Offer
  private var sum: SendOutcome
  private var policy = WaitPolicy()

  /// `first` is the result of the first offer, whose bytes are no longer in `list`. If it is nil, this makes the first offer.
  init(
    _ list: consuming SendCursor, after first: Offer?, on descriptor: SocketDescriptor, flags: CInt,
    to address: SocketAddress? = nil, until deadline: Deadline, socket: Socket?
  ) {
    self.descriptor = descriptor
    self.flags = flags
    self.address = address
    self.deadline = deadline
    self.socket = socket
    var list = list
    if let first { offer = first } else { offer = list.offerOnce(on: descriptor, of: socket, flags: flags, to: address) }
    sum = offer.outcome
    // A value added fewer bytes than it did for the first offer. The core answers the same to a list that becomes shorter.
    if first != nil, list.count == 0 { sum.errno = EFAULT }
    self.list = list
  }

  var hasFiles: Bool { list.hasFiles }

  enum Step {
    /// `isWatched` says whether the descriptor may be registered with epoll or kqueue.
    case end(SendOutcome, isWatched: Bool)
    /// Offer again, after other tasks have run.
    case yield
    case wait(WaitPlan)
  }

  /// What follows after an offer.
  mutating func next(isCancelled: Bool) -> Step {
    if sum.errno == EAGAIN || sum.errno == EINPROGRESS {
      if flags & CInt(MSG_DONTWAIT) != 0 { return end(sum.bytesSent > 0 ? 0 : sum.errno) }
      let error = errorBeforeWait(isCancelled: isCancelled)
      return error == 0 ? .wait(policy.next(for: .room, until: deadline)) : end(error)
    }
    // ETIMEDOUT from an offer is the connection's, since an offer never waits.
    if sum.errno != 0 || !offer.isUnfinished { return .end(sum, isWatched: policy.isWatched) }
    if isCancelled || isClosed { return end(ECANCELED) }
    return deadline.isPassed ? end(ETIMEDOUT) : .yield
  }

  private mutating func end(_ errno: CInt) -> Step {
    sum.errno = errno
    sum.isOwnTimeout = errno == ETIMEDOUT
    return .end(sum, isWatched: policy.isWatched)
  }

  private var isClosed: Bool { socket?.life.isClosed == true }

  /// Prepares the first wait. Returns what ends the send before a wait, or 0.
  private mutating func errorBeforeWait(isCancelled: Bool) -> CInt {
    if isCancelled || isClosed { return ECANCELED }
    if deadline.nanosecondsLeft == 0 { return ETIMEDOUT }
    if policy.isWatched { return 0 }
    let error = SocketEvents.shared.start()
    if error != 0 { return error }
    // No port is free. The socket is not full, so a wait for room would not help.
    if sum.bytesSent == 0, socket?.isStream != true, descriptor.lacksPort { return EAGAIN }
    socket?.noteWatched()
    policy.isWatched = true
    policy.isSwept = socket?.isUnixStream ?? descriptor.isUnixStream
    return 0
  }

  /// Counts the wait that ended so, and offers what is left.
  mutating func offerAfterWait(endedBy end: WaitEnd) {
    policy.ended(end, of: .room)
    sum.waits += 1
    offerAgain()
  }

  mutating func offerAgain() {
    offer = list.offerOnce(on: descriptor, of: socket, flags: flags, to: address)
    if offer.outcome.bytesSent > 0 { policy.progressed() }
    sum.bytesSent += offer.outcome.bytesSent
    sum.systemCalls += offer.outcome.systemCalls
    sum.errno = offer.outcome.errno
  }

  /// Offers once more after an event, on the event thread. Returns how to wait further, or nil if the task is to go on.
  mutating func retry() -> WaitPlan? {
    offerAfterWait(endedBy: .ready)
    switch next(isCancelled: false) {
    case .end, .yield: return nil
    case .wait(let plan): return plan
    }
  }
}
