// SPDX-License-Identifier: Apache-2.0

import Dispatch
import Synchronization

/// Who uses a socket's descriptor: whose turn it is to send, how many operations are under way, and whether it was closed.
///
///     state                 call            next state
///     open, nobody sends    takeTurn        open, one send has the turn
///     a send has the turn   leaveTurn       nobody sends, or a waiter has the turn
///     open                  enter, leave    open, with one operation more or less
///     open, no operations   close           closed: the caller closes the descriptor
///     open, operations      close           closed: the last operation that leaves closes the descriptor
///
/// All of this is one atomic word. So a send that meets no other costs one atomic operation to enter and one to leave. Each of them covers
/// both the turn and the use of the descriptor. Waiting for a turn and giving it to a waiter take the lock, and so do closing and
/// ``alone(_:)``.
package struct SocketLife: ~Copyable, Sendable {
  private let word = Atomic<State>(State())
  private let queue = Locked(Queue())

  private struct Queue {
    var waiters: [Waiter] = []
    /// Whether a waiter was taken out to try for the turn and has not tried yet. Until it has tried, no second waiter is woken.
    var hasWoken = false
  }

  /// Flags, and above them the number of operations that may use the descriptor. Waiters are not among these.
  private struct State: OptionSet, AtomicRepresentable {
    var rawValue: UInt64 = 0

    static let closed = State(rawValue: 1)
    /// Somebody has the turn.
    static let sending = State(rawValue: 2)
    /// The send that leaves has to wake a waiter: the queue has one, and none was woken.
    static let waiting = State(rawValue: 4)
    static let sendShutDown = State(rawValue: 8)

    private static let oneUser: UInt64 = 16
    var hasUsers: Bool { rawValue >= Self.oneUser }
    /// The state after the holder of the turn has left: the turn is free, and there is one user less. Only if somebody has the turn.
    var withoutSender: State { State(rawValue: rawValue &- (Self.oneUser | Self.sending.rawValue)) }
    var withOneMore: State { State(rawValue: rawValue &+ Self.oneUser) }
    var withOneLess: State { State(rawValue: rawValue &- Self.oneUser) }
    /// The descriptor's number can go back to the system: the socket is closed, and no operation uses it. One comparison decides both.
    var isOver: Bool { subtracting([.waiting, .sendShutDown]) == .closed }
  }

  /// A send that waits for its turn.
  package final class Waiter: Sendable {
    package enum Answer: UInt8, AtomicRepresentable {
      case none
      /// The turn is this waiter's.
      case turn
      /// The turn is free: try for it.
      case woken
      case closed
    }

    private let given = Atomic<Answer>(.none)
    fileprivate let start: DispatchTime
    private let wake: @Sendable () -> Void

    /// `wake` is called at most once, after the answer was given. `start` is when the send began to wait for its turn.
    package init(since start: DispatchTime, wake: @escaping @Sendable () -> Void) {
      self.start = start
      self.wake = wake
    }

    package var answer: Answer { given.load(ordering: .acquiring) }

    fileprivate func hasWaited(_ nanoseconds: UInt64) -> Bool {
      DispatchTime.now().uptimeNanoseconds - start.uptimeNanoseconds >= nanoseconds
    }

    /// Call this with the lock of the queue, and `wakeUp` without it.
    fileprivate func give(_ answer: Answer) { given.store(answer, ordering: .releasing) }

    fileprivate func wakeUp() { wake() }
  }

  package enum Entry {
    case entered
    case closed
    /// Another send has the turn. `waitForTurn` never returns this.
    case contended
    /// The deadline passed. Only `waitForTurn` returns this.
    case timedOut
  }

  enum Closing {
    /// Somebody closed it before.
    case again
    /// Nobody uses the descriptor: close it.
    case idle
    /// Operations are under way: make them return, then call `leave`. Until then this close counts as a user, so the number stays open.
    case inUse(bySender: Bool, sendShutDown: Bool)
  }

  /// Runs `body` while no other thread is in a call of `alone`. `body` does not wait: it has the lock of the queue.
  func alone<Result>(_ body: () -> Result) -> Result { queue.withLock { _ in body() } }

  package var isClosed: Bool { word.load(ordering: .relaxed).contains(.closed) }

  /// Notes that sending was shut down. Returns whether that is new.
  func noteSendShutDown() -> Bool {
    !change { $0.union(.sendShutDown) }.contains(.sendShutDown)
  }

  /// Takes the note back: the shutdown failed, or the socket got another connection.
  func forgetSendShutDown() {
    change { $0.subtracting(.sendShutDown) }
  }

  /// Replaces the state by what `next` makes of it, and tries again where another thread changed the state meanwhile. If `next` returns
  /// nil, the state stays. `guess` is the state that the first try expects. Returns the state before.
  @discardableResult
  private func change(from guess: State = State(), _ next: (State) -> State?) -> State {
    var seen = guess
    while true {
      // The guess is right in the common case and spares a load. If it is wrong, the failed exchange returns the true state.
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
  package func enter() -> Bool {
    !change { $0.contains(.closed) ? nil : $0.withOneMore }.contains(.closed)
  }

  /// Ends an operation. Returns true where it was the last one of a closed socket: the caller closes the descriptor.
  func leave() -> Bool {
    // `change` returns the state before.
    change(from: State().withOneMore) { $0.withOneLess }.withOneLess.isOver
  }

  /// Closes the socket to new operations, and answers every waiter that the socket is closed.
  func close() -> Closing {
    let before = change { state in
      if state.contains(.closed) { return nil }
      let closed = state.union(.closed)
      return state.hasUsers ? closed.withOneMore : closed
    }
    if before.contains(.closed) { return .again }
    let waiters = queue.withLock { queue in
      defer { queue.waiters = [] }
      for waiter in queue.waiters { waiter.give(.closed) }
      return queue.waiters
    }
    for waiter in waiters { waiter.wakeUp() }
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

  /// Takes the turn to send if nobody has it.
  @inline(__always)
  package func takeTurn() -> Entry {
    Self.entry(from: change(Self.afterTakingTurn))
  }

  /// Takes the turn to send, waiting for it until `deadline`.
  func waitForTurn(until deadline: DispatchTime) -> Entry {
    let answered = DispatchSemaphore(value: 0)
    let start = DispatchTime.now()
    var wasWoken = false
    while true {
      let waiter = Waiter(since: start) { answered.signal() }
      let entry = queueUp(waiter, wasWoken: wasWoken)
      if entry != .contended { return entry }
      // A signal of the semaphore may be for a former waiter. The semaphore may use the wall clock, so the monotonic clock decides
      // whether the time is over.
      while waiter.answer == .none {
        if answered.wait(timeout: deadline) == .timedOut, DispatchTime.now() >= deadline, withdraw(waiter) {
          return .timedOut
        }
      }
      // `none` does not occur here.
      switch waiter.answer {
      case .turn: return .entered
      case .closed: return .closed
      case .woken, .none: wasWoken = true
      }
    }
  }

  /// Takes the turn to send if nobody has it. If somebody has it, puts the waiter into the queue and returns `contended`. The waiter gets
  /// one answer, unless it is withdrawn. A send that was woken tries again with a new waiter, which is first in the queue.
  package func queueUp(_ waiter: Waiter, wasWoken: Bool) -> Entry {
    queue.withLock { queue in
      if wasWoken { queue.hasWoken = false }
      // A send that gets the turn here has to wake a waiter when it leaves, unless one was woken and has still to try.
      let mustWake: State = queue.waiters.isEmpty || queue.hasWoken ? [] : .waiting
      let before = change { state in
        if state.contains(.closed) { return nil }
        if state.contains(.sending) { return queue.hasWoken ? state : state.union(.waiting) }
        return Self.afterTakingTurn(state)?.union(mustWake)
      }
      let entry = Self.entry(from: before)
      if entry == .contended { queue.waiters.insert(waiter, at: wasWoken ? 0 : queue.waiters.count) }
      return entry
    }
  }

  /// Takes a waiter out of the queue. Returns false if it is no longer there: it has its answer.
  package func withdraw(_ waiter: Waiter) -> Bool {
    queue.withLock { queue in
      guard let place = queue.waiters.firstIndex(where: { $0 === waiter }) else { return false }
      queue.waiters.remove(at: place)
      if queue.waiters.isEmpty { change { $0.subtracting(.waiting) } }
      return true
    }
  }

  /// Ends a send. If sends wait in the queue, and no woken one is still about to try for the turn, the first waiter leaves the queue. It
  /// gets the turn if it has waited for `patience`; otherwise it is woken to try. Returns true if this was the last operation of a closed
  /// socket: the caller then closes the descriptor.
  @inline(__always)
  func leaveTurn() -> Bool {
    let before = change(from: State.sending.withOneMore) { state in
      state.contains(.waiting) ? nil : state.withoutSender
    }
    return before.contains(.waiting) ? leaveTurnToWaiter() : before.withoutSender.isOver
  }

  /// How long, in nanoseconds, a waiter competes for the turn with sends that come later. Then the turn is handed over to it: nobody else
  /// can take it while the waiter wakes up. Handing over at once takes about 7 times as long for 16 senders, since each send then waits
  /// for a context switch.
  private static var patience: UInt64 { 1_000_000 }

  @inline(never)
  private func leaveTurnToWaiter() -> Bool {
    let (waiter, isOver) = queue.withLock { queue -> (Waiter?, Bool) in
      // On a closed socket, `close` answers all waiters.
      let waiter = queue.waiters.isEmpty || isClosed ? nil : queue.waiters.removeFirst()
      if let waiter, waiter.hasWaited(Self.patience) {
        // The turn passes on as it is, and so does its use of the descriptor: the state keeps `sending` and the number of users.
        waiter.give(.turn)
        if queue.waiters.isEmpty { change { $0.subtracting(.waiting) } }
        return (waiter, false)
      }
      waiter?.give(.woken)
      queue.hasWoken = waiter != nil
      return (waiter, change { $0.withoutSender.subtracting(.waiting) }.withoutSender.isOver)
    }
    waiter?.wakeUp()
    return isOver
  }
}
