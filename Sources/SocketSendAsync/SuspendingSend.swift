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

  private var mayWait: Bool { flags & CInt(MSG_DONTWAIT) == 0 }

  /// Sends the list, which is not empty. Returns what was sent and how it ended: ECANCELED where the task was cancelled.
  func send(_ list: inout UnsentList) async -> SendOutcome {
    let isStream = descriptor.kind == .stream
    _ = DispatchEvents.start()
    var sum = SendOutcome()
    var fruitless = 0
    repeat {
      let (offer, allTaken) = list.offer(on: descriptor, flags: flags, to: address, isStream: isStream)
      sum.bytesSent += offer.bytesSent
      sum.systemCalls += offer.systemCalls
      sum.errno = offer.errno
      if offer.bytesSent > 0 { fruitless = 0 }
      if offer.errno != 0 && offer.errno != EAGAIN { break }
      if allTaken {
        if list.bytesLeft == 0 { break }
        sum.errno = Task.isCancelled ? ECANCELED : 0
      } else if mayWait {
        sum.errno = await waitForRoom(fruitless: &fruitless)
        if sum.errno == 0 { sum.waits += 1 }
        // An offer never waits: an ETIMEDOUT of its is the connection's.
        sum.isOwnTimeout = sum.errno == ETIMEDOUT
      } else {
        sum.errno = sum.bytesSent > 0 ? 0 : EAGAIN
        break
      }
    } while sum.errno == 0
    return sum
  }

  /// The longest single wait: not every event of a socket wakes a waiter (see wait.c in the C core).
  private static let longestWait: Int64 = 100_000_000

  /// Waits. Returns 0 to offer again, or what the send is to end with.
  private func waitForRoom(fruitless: inout Int) async -> CInt {
    if Task.isCancelled { return ECANCELED }
    let left = min(deadline.nanosecondsLeft, Self.longestWait)
    if left <= 0 { return ETIMEDOUT }
    let error = DispatchEvents.start()
    if error != 0 { return error }
    if fruitless < 2 {
      let sawRoom = await RoomWait.untilRoom(on: descriptor, atMost: left)
      fruitless = sawRoom ? fruitless + 1 : 0
    } else {
      // A socket that is called writable and takes nothing: a datagram's receiver has a full queue. 1, 2, 4, then 8 ms.
      let pause = Int64(1_000_000) << min(fruitless - 2, 3)
      await RoomWait.pause(for: min(pause, left))
      fruitless += 1
    }
    return Task.isCancelled ? ECANCELED : 0
  }
}

/// When a send is to have ended, on the monotonic clock.
struct Deadline {
  /// nil: never.
  private let uptimeNanoseconds: UInt64?

  /// That many nanoseconds from now; a negative number is never.
  init(in nanoseconds: Int64) {
    let now = DispatchTime.now().uptimeNanoseconds
    uptimeNanoseconds = nanoseconds < 0 ? nil : now + UInt64(nanoseconds)
  }

  var isNever: Bool { uptimeNanoseconds == nil }

  var nanosecondsLeft: Int64 {
    guard let uptimeNanoseconds else { return .max }
    let now = DispatchTime.now().uptimeNanoseconds
    return uptimeNanoseconds > now ? Int64(uptimeNanoseconds - now) : 0
  }
}
