// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Dispatch
import SocketSend

/// The policy of a send that suspends: offer without waiting, and while the socket has no room, wait for it without a thread.
///
/// It is the C core's policy with other means of waiting. What an offer means is decided there: it answers with 0 and a count
/// where some of the list went, with EAGAIN where nothing did.
struct SuspendingSend {
  let descriptor: SocketDescriptor
  /// The platform's.
  let flags: CInt
  let address: SocketAddress?
  let deadline: Deadline
  /// The socket that is sent on, whose closing ends the send; nil for a descriptor of somebody else.
  let socket: Socket?

  private var mayWait: Bool { flags & CInt(MSG_DONTWAIT) == 0 }

  /// Sends the list, which is not empty. Returns what was sent and how it ended: ECANCELED where the task was cancelled.
  func send(_ list: inout UnsentList) async -> SendOutcome {
    let isStream = descriptor.kind == .stream
    _ = DispatchEvents.start()
    var sum = SendOutcome()
    var waits = Waits()
    repeat {
      let (offer, allTaken) = list.offer(on: descriptor, flags: flags, to: address, isStream: isStream)
      sum.bytesSent += offer.bytesSent
      sum.systemCalls += offer.systemCalls
      sum.errno = offer.errno
      if offer.bytesSent > 0 { waits.progressed() }
      if offer.errno != 0 && offer.errno != EAGAIN { break }
      if allTaken {
        if list.bytesLeft == 0 { break }
        sum.errno = errnoBetweenOffers
      } else if mayWait {
        sum.errno = sum.bytesSent == 0 && sum.waits == 0 && lacksPort ? EAGAIN : await waitForRoom(&waits)
        if sum.errno == 0 { sum.waits += 1 }
      } else {
        sum.errno = sum.bytesSent > 0 ? 0 : EAGAIN
        break
      }
      // An offer never waits: an ETIMEDOUT of its is the connection's.
      sum.isOwnTimeout = sum.errno == ETIMEDOUT
    } while sum.errno == 0
    return sum
  }

  /// The longest single wait: a Unix stream's source does not notice that one direction was shut down; the next offer does.
  private static let longestWait: Int64 = 100_000_000

  /// An Internet socket without a local port, which is not full: no port is free, and waiting would not end.
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
      await RoomWait.pause(for: min(waits.nextPause(), left))
    }
    return Task.isCancelled ? ECANCELED : 0
  }
}

/// How the next wait goes, so that no wait spins: the table in the core's `wait.c`, with a Dispatch source in the place of poll.
private struct Waits {
  enum Way {
    /// A source tells of room.
    case event
    /// The source told of room, and the socket took nothing: a pause, until it takes something.
    case pause
    /// The error queue is not empty, of which a source would tell again and again.
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

  /// Whether a time has passed that was given. A time-out of 0 asks for what fits now, however long that takes.
  var isPassed: Bool { hasTime && nanosecondsLeft == 0 }

  var nanosecondsLeft: Int64 {
    guard let uptimeNanoseconds else { return .max }
    let now = DispatchTime.now().uptimeNanoseconds
    return uptimeNanoseconds > now ? Int64(uptimeNanoseconds - now) : 0
  }
}
