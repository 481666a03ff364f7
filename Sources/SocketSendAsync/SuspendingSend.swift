// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

/// The policy of an async send: offer without waiting, and while the socket has no room, wait for it without a thread.
///
/// It is the C core's policy with other means of waiting. The core says what an offer came to: all was sent; the socket took all it
/// was offered and there is more; the socket is full (EAGAIN) or a connection is being made (EINPROGRESS); or an error.
struct SuspendingSend {
  let descriptor: SocketDescriptor
  /// The platform's.
  let flags: CInt
  let address: SocketAddress?
  let deadline: Deadline
  /// The socket whose `close()` ends the send; nil for a caller's descriptor.
  let socket: Socket?

  private var mayWait: Bool { flags & CInt(MSG_DONTWAIT) == 0 }

  /// Sends the list, after a first offer if there was one, which `list` lacks what it took. Returns what was sent in all and how it
  /// ended: ECANCELED where the task was cancelled.
  func send(_ list: inout UnsentList, after first: Offer?) async -> SendOutcome {
    if first == nil, Task.isCancelled { return SendOutcome(errno: ECANCELED) }
    var offer = first ?? list.offer(on: descriptor, flags: flags, to: address)
    var sum = offer.outcome
    var waits = Waits()
    while true {
      let isFull = sum.errno == EAGAIN || sum.errno == EINPROGRESS
      if isFull, mayWait {
        sum.errno = await waitForRoom(&waits, after: sum)
        if sum.errno == 0 { sum.waits += 1 }
      } else if offer.isUnfinished {
        await Task.yield()
        sum.errno = errnoBetweenOffers
      } else {
        if isFull, sum.bytesSent > 0 { sum.errno = 0 }
        break
      }
      // ETIMEDOUT from an offer is the connection's, since an offer never waits.
      sum.isOwnTimeout = sum.errno == ETIMEDOUT
      if sum.errno != 0 { break }
      offer = list.offer(on: descriptor, flags: flags, to: address)
      if offer.outcome.bytesSent > 0 { waits.progressed() }
      sum.bytesSent += offer.outcome.bytesSent
      sum.systemCalls += offer.outcome.systemCalls
      sum.errno = offer.outcome.errno
    }
    if socket == nil, waits.areWatched { SocketEvents.shared.forget(descriptor.rawValue) }
    return sum
  }

  /// What ends the send between two offers, or 0.
  private var errnoBetweenOffers: CInt {
    if Task.isCancelled || socket?.life.isClosed == true { return ECANCELED }
    return deadline.isPassed ? ETIMEDOUT : 0
  }

  /// Waits until there may be room. Returns 0, or what the send ends with.
  private func waitForRoom(_ waits: inout Waits, after sum: SendOutcome) async -> CInt {
    if Task.isCancelled || socket?.life.isClosed == true { return ECANCELED }
    if deadline.nanosecondsLeft == 0 { return ETIMEDOUT }
    let events = SocketEvents.shared
    let error = events.start()
    if error != 0 { return error }
    if !waits.areWatched {
      // No port is free, and a wait would not end: the socket is not full.
      if sum.bytesSent == 0, socket?.isStream != true, descriptor.lacksPort { return EAGAIN }
      socket?.noteWatched()
      waits.areWatched = true
      waits.areSwept = socket?.isUnixStream ?? descriptor.isUnixStream
    }
    let end = await events.end(of: waits.next(for: .room, on: descriptor, until: deadline), on: socket)
    waits.ended(end)
    return end == .cancelled ? ECANCELED : 0
  }
}
