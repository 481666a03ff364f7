// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Who uses a socket's descriptor: whose turn it is to send, how many operations are under way, and whether it was closed.
///
///     open, idle ──takeTurn──▶ sending ──leaveTurn──▶ idle, or the next waiter's turn (first come, first served)
///          │  ▲                   │
///        close└──leave──enter     close: the number stays open until the last operation has left, and is closed by it
///          ▼                      ▼
///        closed, no users       closed, users
///
/// All of it is one atomic word, so a send that meets nobody costs one atomic operation to enter and one to leave, the
/// keeping of the descriptor and the turn together. Only waiting for a turn takes the lock.
package struct SocketLife: ~Copyable, Sendable {
  private let word = Atomic<State>(State())
  private let queue = Locked<[Waiter]>([])

  /// Flags, and above them the number of operations that may use the descriptor. Waiters are not among these.
  private struct State: OptionSet, AtomicRepresentable {
    var rawValue: UInt64 = 0

    static let closed = State(rawValue: 1)
    /// Somebody has the turn.
    static let sending = State(rawValue: 2)
    /// The queue has a waiter.
    static let waiting = State(rawValue: 4)
    static let sendShutDown = State(rawValue: 8)

    private static let oneUser: UInt64 = 16
    var hasUsers: Bool { rawValue >= Self.oneUser }
    /// Without the turn and its holder, who are there.
    var withoutSender: State { State(rawValue: rawValue &- (Self.oneUser | Self.sending.rawValue)) }
    var withOneMore: State { State(rawValue: rawValue &+ Self.oneUser) }
    var withOneLess: State { State(rawValue: rawValue &- Self.oneUser) }
    /// The descriptor's number can go back to the system: closed, and nobody is there. Written as one comparison.
    var isOver: Bool { subtracting([.waiting, .sendShutDown]) == .closed }
  }

  /// A send that waits for its turn.
  package final class Waiter: Sendable {
    private let turn = Atomic<Bool>(false)
    private let wake: @Sendable () -> Void

    /// `wake` is called once, when the wait is over: the turn was given, or the socket closed.
    package init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

    package var hasTurn: Bool { turn.load(ordering: .acquiring) }

    fileprivate func answer(hasTurn: Bool) {
      turn.store(hasTurn, ordering: .releasing)
      wake()
    }
  }

  package enum Entry {
    case entered
    case closed
    /// Another send has the turn.
    case contended
    case timedOut
  }

  enum Closing {
    /// Somebody closed it before.
    case again
    /// Nobody uses the descriptor: close it.
    case idle
    /// Operations are under way: make them return, then `leave`, as this call counts as a user now.
    case inUse(bySender: Bool, sendShutDown: Bool)
  }

  package var isClosed: Bool { word.load(ordering: .relaxed).contains(.closed) }

  func noteSendShutDown() {
    change { $0.union(.sendShutDown) }
  }

  /// Changes the state until nobody else did so meanwhile. Returns the state before; a nil `next` leaves it as it is.
  @discardableResult
  private func change(from guess: State = State(), _ next: (State) -> State?) -> State {
    var seen = guess
    while true {
      // A failed exchange brings the true state: the guess is right in the common case and spares a load.
      guard let desired = next(seen) else {
        let current = word.load(ordering: .acquiring)
        if current == seen { return seen }
        seen = current
        continue
      }
      let (exchanged, original) = word.weakCompareExchange(
        expected: seen, desired: desired, ordering: .acquiringAndReleasing)
      if exchanged { return seen }
      seen = original
    }
  }
}

// MARK: Operations that are not sends

extension SocketLife {
  /// Begins an operation that uses the descriptor. Returns false where the socket was closed.
  func enter() -> Bool {
    !change { $0.contains(.closed) ? nil : $0.withOneMore }.contains(.closed)
  }

  /// Ends an operation. Returns true where it was the last one of a closed socket: the caller closes the descriptor.
  func leave() -> Bool {
    change(from: State().withOneMore) { $0.withOneLess }.withOneLess.isOver
  }

  /// Closes the socket to new operations and sends every waiter away.
  func close() -> Closing {
    let before = change { state in
      if state.contains(.closed) { return nil }
      let closed = state.union(.closed)
      return state.hasUsers ? closed.withOneMore : closed
    }
    if before.contains(.closed) { return .again }
    let waiters = queue.withLock { waiters in
      defer { waiters = [] }
      return waiters
    }
    for waiter in waiters { waiter.answer(hasTurn: false) }
    if !before.hasUsers { return .idle }
    return .inUse(bySender: before.contains(.sending), sendShutDown: before.contains(.sendShutDown))
  }
}

// MARK: Turns to send

extension SocketLife {
  private static func afterTakingTurn(_ state: State) -> State? {
    state.isDisjoint(with: [.closed, .sending]) ? state.union(.sending).withOneMore : nil
  }

  private static func entry(from before: State) -> Entry {
    if before.contains(.closed) { return .closed }
    return before.contains(.sending) ? .contended : .entered
  }

  /// Takes the turn to send where nobody has it.
  @inline(__always)
  package func takeTurn() -> Entry {
    Self.entry(from: change(Self.afterTakingTurn))
  }

  /// Takes the turn to send, waiting for it until `deadline` behind those that came before.
  func waitForTurn(until deadline: DispatchTime) -> Entry {
    let answered = DispatchSemaphore(value: 0)
    let waiter = Waiter { answered.signal() }
    let entry = queueUp(waiter)
    if entry != .contended { return entry }
    // The semaphore may count on the wall clock: whether the time is over, the monotonic one says.
    while answered.wait(timeout: deadline) == .timedOut {
      if DispatchTime.now() < deadline { continue }
      if withdraw(waiter) { return .timedOut }
      // Somebody took this waiter out of the queue and is about to answer.
      answered.wait()
      break
    }
    return waiter.hasTurn ? .entered : .closed
  }

  /// Takes the turn to send where nobody has it. Where somebody has, the waiter stands in the queue (`contended`), and is
  /// answered once unless it is withdrawn.
  package func queueUp(_ waiter: Waiter) -> Entry {
    queue.withLock { waiters in
      let before = change { state in
        if state.contains(.closed) { return nil }
        return state.contains(.sending) ? state.union(.waiting) : Self.afterTakingTurn(state)
      }
      let entry = Self.entry(from: before)
      if entry == .contended { waiters.append(waiter) }
      return entry
    }
  }

  /// Takes a waiter out of the queue. Returns false where it has its answer already, or is about to have it.
  package func withdraw(_ waiter: Waiter) -> Bool {
    queue.withLock { waiters in
      guard let place = waiters.firstIndex(where: { $0 === waiter }) else { return false }
      waiters.remove(at: place)
      if waiters.isEmpty { change { $0.subtracting(.waiting) } }
      return true
    }
  }

  /// Ends a send: the turn goes to the first waiter, or is free. Returns true where this was the last operation of a closed
  /// socket: the caller closes the descriptor.
  @inline(__always)
  func leaveTurn() -> Bool {
    while true {
      let before = change(from: State.sending.withOneMore) { state in
        state.contains(.waiting) ? nil : state.withoutSender
      }
      if !before.contains(.waiting) { return before.withoutSender.isOver }
      if handTurnOver() { return false }
    }
  }

  /// Gives the turn, and with it this send's place among the users, to the first waiter. Returns false where none is to have
  /// it: the queue is empty, or `close` is about to send all waiters away.
  @inline(never)
  private func handTurnOver() -> Bool {
    let next = queue.withLock { waiters in
      let next = waiters.isEmpty || isClosed ? nil : waiters.removeFirst()
      if waiters.isEmpty || next == nil { change { $0.subtracting(.waiting) } }
      return next
    }
    next?.answer(hasTurn: true)
    return next != nil
  }
}
