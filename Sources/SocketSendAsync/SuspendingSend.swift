// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Dispatch
import SocketSend

/// The policy of an async send: offer without waiting, and while the socket has no room, wait for it without a thread.
///
/// It is the C core's policy with other means of waiting. What an offer means is decided there: it answers with 0 and a count
/// if some of the list was sent, with EAGAIN or EINPROGRESS (a connection is being made) if nothing was.
struct SuspendingSend {
  let descriptor: SocketDescriptor
  /// The platform's.
  let flags: CInt
  let address: SocketAddress?
  let deadline: Deadline
  /// The socket whose `close()` ends the send; nil for a caller's descriptor.
  let socket: Socket?

  private var mayWait: Bool { flags & CInt(MSG_DONTWAIT) == 0 }

  /// Sends the list, which is not empty. Returns what was sent and how it ended: ECANCELED where the task was cancelled.
  func send(_ list: inout UnsentList) async -> SendOutcome {
    let isStream = descriptor.kind == .stream
    DispatchEvents.startEarly()
    var sum = SendOutcome()
    var waits = Waits()
    repeat {
      let (offer, allTaken) = list.offer(on: descriptor, flags: flags, to: address, isStream: isStream)
      sum.bytesSent += offer.bytesSent
      sum.systemCalls += offer.systemCalls
      sum.errno = offer.errno
      if offer.bytesSent > 0 { waits.progressed() }
      if offer.errno != 0 && offer.errno != EAGAIN && offer.errno != EINPROGRESS { break }
      if allTaken {
        if list.bytesLeft == 0 { break }
        await Task.yield()
        sum.errno = errnoBetweenOffers
      } else if mayWait {
        sum.errno = sum.bytesSent == 0 && sum.waits == 0 && lacksPort ? EAGAIN : await waitForRoom(&waits)
        if sum.errno == 0 { sum.waits += 1 }
      } else {
        if sum.bytesSent > 0 { sum.errno = 0 }
        break
      }
      // ETIMEDOUT from an offer is the connection's, since an offer never waits.
      sum.isOwnTimeout = sum.errno == ETIMEDOUT
    } while sum.errno == 0
    return sum
  }

  /// The longest single wait. A Dispatch source does not report that one direction of a Unix stream was shut down; the next offer
  /// does.
  private static let longestWait: Int64 = 100_000_000

  /// Whether the socket is an Internet socket without a local port. Such a socket is not full: no port is free, and a wait would
  /// not end.
  private var lacksPort: Bool { descriptor.localPort == 0 }

  /// What ends the send between two offers, or 0.
  private var errnoBetweenOffers: CInt {
    if Task.isCancelled || socket?.life.isClosed == true { return ECANCELED }
    return deadline.isPassed ? ETIMEDOUT : 0
  }

  /// Waits until there may be room. Returns 0, or what the send ends with.
  private func waitForRoom(_ waits: inout Waits) async -> CInt {
    if Task.isCancelled || socket?.life.isClosed == true { return ECANCELED }
    let left = min(deadline.nanosecondsLeft, Self.longestWait)
    if left <= 0 { return ETIMEDOUT }
    let error = DispatchEvents.start()
    if error != 0 { return error }
    if waits.way == .event, descriptor.hasErrorConditionAlone { waits.way = .pauseForGood }
    if waits.way == .event {
      if await RoomWait.untilRoom(on: descriptor, atMost: left) { waits.way = .pause }
    } else {
      await pause(for: min(waits.nextPause(), left))
    }
    return Task.isCancelled ? ECANCELED : 0
  }

  /// Pauses for `nanoseconds`, or until the task is cancelled. `close()` ends it within 8 ms: a pause watches no descriptor, so it is
  /// made in parts.
  private func pause(for nanoseconds: Int64) async {
    var left = nanoseconds
    while left > 0, !Task.isCancelled, socket?.life.isClosed != true {
      let part = min(left, 8_000_000)
      await RoomWait.pause(for: part)
      left -= part
    }
  }
}

/// How the next wait goes, so that no wait spins: the table in the core's `wait.c`, with a Dispatch source instead of poll.
private struct Waits {
  enum Way {
    /// Wait for the source.
    case event
    /// The source reported room but the socket took nothing: pause until it takes bytes.
    case pause
    /// The error queue is not empty, and a source would report it for ever: pause.
    case pauseForGood
  }

  var way = Way.event
  private var pauses: Int64 = 0

  mutating func progressed() {
    pauses = 0
    if way == .pause { way = .event }
  }

  /// Nanoseconds: 50 microseconds at first, doubled each time.
  mutating func nextPause() -> Int64 {
    defer { pauses += 1 }
    return 50_000 << min(pauses, 11)
  }
}

/// When a send is to have ended, on the monotonic clock.
struct Deadline {
  /// nil: never.
  private let uptimeNanoseconds: UInt64?
  private let hasTime: Bool

  /// That many nanoseconds from now; a negative number is never.
  init(in nanoseconds: Int64) {
    let now = DispatchTime.now().uptimeNanoseconds
    uptimeNanoseconds = nanoseconds < 0 ? nil : now + UInt64(nanoseconds)
    hasTime = nanoseconds > 0
  }

  var isNever: Bool { uptimeNanoseconds == nil }

  init(within timeout: Duration?) { self.init(in: timeout?.timeoutNanoseconds ?? -1) }

  /// Whether a time-out greater than 0 has passed. A time-out of 0 sends what fits now, however long that takes.
  var isPassed: Bool { hasTime && nanosecondsLeft == 0 }

  var nanosecondsLeft: Int64 {
    guard let uptimeNanoseconds else { return .max }
    let now = DispatchTime.now().uptimeNanoseconds
    return uptimeNanoseconds > now ? Int64(uptimeNanoseconds - now) : 0
  }
}
