// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Dispatch
import SocketSend

extension Socket {
  /// Waits for the turn to send, without a thread, until the deadline, behind earlier sends: blocking and async sends
  /// stand in one queue. Returns 0 with the turn taken, or what the send is to end with.
  func waitForTurn(until deadline: Deadline) async -> CInt {
    if deadline.nanosecondsLeft <= 0 { return ETIMEDOUT }
    // A wait for the turn without a deadline needs no descriptor.
    let error = deadline.isNever ? 0 : DispatchEvents.start()
    if error != 0 { return error }
    let wait = TurnWait(socket: self)
    let entry = await withTaskCancellationHandler {
      await wait.untilAnswered(deadline)
    } onCancel: {
      wait.giveUp()
    }
    switch entry {
    case .entered: return 0
    case .closed: return closedMeanwhile
    case .contended, .timedOut: return Task.isCancelled ? ECANCELED : ETIMEDOUT
    }
  }
}

/// One wait for the turn. It ends once: by the answer, or by whoever takes the waiter out of the queue before that.
private final class TurnWait: Sendable {
  private let socket: Socket
  private let state = Locked(State())

  private struct State {
    var waiter: SocketLife.Waiter?
    var continuation: CheckedContinuation<SocketLife.Entry, Never>?
    var gaveUp = false
  }

  init(socket: Socket) { self.socket = socket }

  func untilAnswered(_ deadline: Deadline) async -> SocketLife.Entry {
    let timer = deadline.isNever ? nil : DispatchSource.makeTimerSource(queue: DispatchEvents.queue)
    timer?.setEventHandler { self.giveUp() }
    timer?.schedule(deadline: .now() + .nanoseconds(Int(deadline.nanosecondsLeft)), leeway: .nanoseconds(0))
    let entry = await withCheckedContinuation { continuation in
      state.withLock { $0.continuation = continuation }
      timer?.activate()
      queueUp()
    }
    timer?.cancel()
    return entry
  }

  private func queueUp() {
    let waiter = SocketLife.Waiter { self.answered() }
    let gaveUp = state.withLock { state in
      state.waiter = waiter
      return state.gaveUp
    }
    let entry = gaveUp ? .timedOut : socket.life.queueUp(waiter)
    if entry != .contended { return end(entry) }
    // Given up between the two: then nobody was in the queue to be taken out.
    if state.withLock({ $0.gaveUp }) { giveUp() }
  }

  private func answered() {
    let hasTurn = state.withLock { $0.waiter }?.hasTurn ?? false
    end(hasTurn ? .entered : .closed)
  }

  /// Ends the wait where the turn has not come: the time is over, or the task was cancelled.
  func giveUp() {
    let waiter = state.withLock { state in
      state.gaveUp = true
      return state.waiter
    }
    if let waiter, socket.life.withdraw(waiter) { end(.timedOut) }
  }

  private func end(_ entry: SocketLife.Entry) {
    let continuation = state.withLock { state in
      // Not the waiter either, which refers to this object.
      defer { state = State() }
      return state.continuation
    }
    continuation?.resume(returning: entry)
  }
}
