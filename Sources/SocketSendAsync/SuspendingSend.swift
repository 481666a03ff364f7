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

  var offerFlags: CInt { flags | CInt(MSG_DONTWAIT) }
  private var mayWait: Bool { flags & CInt(MSG_DONTWAIT) == 0 }

  /// Sends `buffers`, which is not empty. Returns what was sent and how it ended: ECANCELED where the task was cancelled.
  func send(_ buffers: [ArraySegment<UInt8>]) async -> SendOutcome {
    let whole = buffers.byteCount
    var outcome = gatheredSend(buffers, on: descriptor, flags: offerFlags, to: address, wait: .asSocket)
    if !mayWait || !isShort(outcome, of: whole) { return outcome }
    var unsent = UnsentList(buffers, droppingFirst: outcome.bytesSent)
    var fruitless = 0
    repeat {
      outcome.errno = await waitForRoom(fruitless: &fruitless)
      if outcome.errno != 0 { break }
      outcome.waits += 1
      let part = unsent.offer(by: self)
      outcome.bytesSent += part.bytesSent
      outcome.systemCalls += part.systemCalls
      outcome.errno = part.errno
      unsent.drop(bytes: part.bytesSent)
      if part.bytesSent > 0 { fruitless = 0 }
    } while isShort(outcome, of: whole)
    extendLifetime(buffers)
    return outcome
  }

  private func isShort(_ outcome: SendOutcome, of whole: Int) -> Bool {
    outcome.errno == EAGAIN || (outcome.errno == 0 && outcome.bytesSent < whole)
  }

  /// The longest single wait: not every event of a socket wakes a waiter (see wait.c in the C core).
  private static let longestWait: Int64 = 100_000_000

  /// Waits. Returns 0 to offer again, or what the send is to end with.
  private func waitForRoom(fruitless: inout Int) async -> CInt {
    if Task.isCancelled { return ECANCELED }
    let left = min(deadline.nanosecondsLeft, Self.longestWait)
    if left <= 0 { return ETIMEDOUT }
    if fruitless < 2 {
      let sawRoom = await RoomWait.untilRoom(on: descriptor, atMost: left)
      fruitless = sawRoom ? fruitless + 1 : 0
    } else {
      // A socket that is called writable and takes nothing: a datagram's receiver has a full queue. 1, 2, 4, then 8 ms.
      let pause = Int64(1_000_000) << min(fruitless - 2, 3)
      try? await Task.sleep(nanoseconds: UInt64(min(pause, left)))
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

  var nanosecondsLeft: Int64 {
    guard let uptimeNanoseconds else { return .max }
    let now = DispatchTime.now().uptimeNanoseconds
    return uptimeNanoseconds > now ? Int64(uptimeNanoseconds - now) : 0
  }
}
