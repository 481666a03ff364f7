// SPDX-License-Identifier: Apache-2.0

import CSendShim
import CSocketEvents
import SocketSend
import Synchronization

/// Whether somebody tried to start the thread. At file scope, where a constant start value needs no check before each use.
private let wasTried = Atomic<Bool>(false)

/// The waits of all async operations. One event thread waits for all sockets, and resumes the tasks. It takes two descriptors (one
/// with kqueue), and runs until the process ends.
final class SocketEvents: Sendable {
  static let shared: SocketEvents = {
    let events = SocketEvents()
    SocketWatching.watcher.withLock { $0 = events }
    return events
  }()

  private let table = Locked(WaitTable(system: SystemEvents.closed))
  private let isRunning = Locked(false)

  // MARK: Starting

  /// Starts the thread if nobody tried before. Every async send calls this at its start, since descriptors may be scarce by the time
  /// that it has to wait.
  @inline(__always)
  static func startEarly() {
    if !wasTried.load(ordering: .relaxed) { _ = shared.start() }
  }

  /// Starts the thread, unless it runs. Returns 0, or an errno value such as EMFILE if that is not possible; the next call tries again.
  /// Call this before a wait for an event or with a deadline.
  func start() -> CInt {
    isRunning.withLock { isRunning in
      if isRunning { return 0 }
      wasTried.store(true, ordering: .relaxed)
      let system: SystemEvents
      switch SystemEvents.open() {
      case .success(let opened): system = opened
      case .failure(let failure): return failure.errno
      }
      table.withLock { $0.system = system }
      isRunning = startDetachedThread { [self] in run(on: system) }
      if isRunning { return 0 }
      table.withLock { $0.system = .closed }
      system.close()
      return ENOMEM
    }
  }

  // MARK: Waiting

  /// Begins a wait and suspends the task until the wait ends. Without `plan`, a wait that was ended before this call does not begin, and
  /// this returns that end at once. With `plan`, the wait begins with that plan, and an earlier end other than a cancellation is forgotten.
  func awaitEnd(of wait: Wait, beginningAgain plan: WaitPlan? = nil) async -> WaitEnd {
    await withTaskCancellationHandler {
      // Exactly one place resumes the task: this closure if the wait did not begin, otherwise the code that took the wait out of the
      // table.
      await Suspension.wait { suspension in
        var ended: [Wait] = []
        let waits = table.withLock { table in
          wait.suspension = suspension
          let now = monotonicNanoseconds()
          guard let plan else { return table.begin(wait, at: now, ended: &ended) }
          return table.begin(wait, again: plan, at: now, ended: &ended)
        }
        resumeAll(&ended)
        if !waits { suspension.resume() }
      }
    } onCancel: {
      end(wait, by: .cancelled)
    }
    // The lock makes visible to this task what the event thread did in a retry. `end` is set: the task is resumed only after that.
    return table.withLock { _ in wait.end! }
  }

  /// Ends a wait as `ready`. The task then finds out what it got, such as the turn, a closed socket or the answer of a look-up.
  func end(_ wait: Wait) { end(wait, by: .ready) }

  private func end(_ wait: Wait, by end: WaitEnd) {
    if table.withLock({ $0.end(wait, by: end) }) { Self.resume(wait) }
  }

  private static func resume(_ wait: Wait) {
    // The code that took the wait out of the table calls this, once. The wait began, so it has a suspension.
    wait.suspension!.resume()
  }

  // MARK: The thread

  private func run(on system: SystemEvents) -> Never {
    var ended: [Wait] = []
    while true {
      let sleep = table.withLock { $0.prepareSleep(at: monotonicNanoseconds(), to: &ended) }
      resumeAll(&ended)
      system.await(for: sleep) { events in
        table.withLock { table in
          table.noteAwake()
          for index in events.indices {
            table.handle(Events(rawValue: events[index].what), token: events[index].token, to: &ended)
          }
        }
      }
      // If one wait alone ended, this thread makes the next offer itself, which spares waking a thread of the pool. If several ended,
      // their tasks are resumed, and the pool makes the offers on all processors.
      if ended.count == 1, retryHere(ended[0]) { ended.removeLast() }
      resumeAll(&ended)
    }
  }

  /// Makes the next offer of a send whose wait ended, on this thread. Returns whether the send waits again; if not, the task is to be
  /// resumed.
  private func retryHere(_ wait: Wait) -> Bool {
    // Invariant: the wait is not in the table, and this thread is the one that took it out.
    guard wait.mayRetry, wait.end == .ready else { return false }
    let plan = wait.retry()
    var ended: [Wait] = []
    defer { resumeAll(&ended) }
    return table.withLock { table in
      if let plan { return table.begin(wait, again: plan, at: monotonicNanoseconds(), ended: &ended) }
      wait.end = .retried
      return false
    }
  }

  private func resumeAll(_ ended: inout [Wait]) {
    // By index: an iterator holds the array too, and removing all would then allocate a new one.
    for index in ended.indices { Self.resume(ended[index]) }
    ended.removeAll(keepingCapacity: true)
  }
}

extension SocketEvents: SocketWatcher {
  func endWaits(on descriptor: CInt) {
    var ended: [Wait] = []
    table.withLock { $0.endAll(on: descriptor, by: .closed, to: &ended) }
    resumeAll(&ended)
  }

  func forget(_ descriptor: CInt) { table.withLock { $0.forget(descriptor) } }
}
