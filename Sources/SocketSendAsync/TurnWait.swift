// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Dispatch
import SocketSend

extension Socket {
  /// Waits for the turn to send, without a thread, until the deadline. Returns 0 with the turn taken, or what the send is to end with.
  func waitForTurn(until deadline: Deadline) async -> CInt {
    if deadline.nanosecondsLeft == 0 { return ETIMEDOUT }
    let events = SocketEvents.shared
    // The descriptors of the event thread are needed for a deadline only: another send or a close ends the wait without them.
    let error = deadline.isNever ? 0 : events.start()
    if error != 0 { return error }
    // If an async send on the bare descriptor ends while this wait is in the table, its `forget` does nothing, and the descriptor stays
    // registered with epoll or kqueue. Because of `noteWatched`, closing the socket removes the registration.
    noteWatched()
    let start = DispatchTime.now()
    var wasWoken = false
    while true {
      let wait = Wait(WaitPlan(reason: .noEvent, deadline: deadline.uptimeNanoseconds), on: descriptor.rawValue, of: self)
      let waiter = SocketLife.Waiter(since: start) { events.end(wait) }
      switch life.queueUp(waiter, wasWoken: wasWoken) {
      case .entered: return 0
      case .closed: return closedMeanwhile
      case .contended, .timedOut: break
      }
      let end = await events.awaitEnd(of: wait)
      if life.withdraw(waiter) {
        switch end {
        case .cancelled: return ECANCELED
        case .timeOut: return ETIMEDOUT
        default: if life.isClosed { return closedMeanwhile }
        }
        // The socket was shut down, not closed. This queues up again, and the send itself then gets the error.
        wasWoken = false
        continue
      }
      switch waiter.answer {
      case .turn: return 0
      case .closed: return closedMeanwhile
      case .woken, .none: wasWoken = true
      }
    }
  }
}
