// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// Work on a thread of its own, so that it may block: the threads that run tests must not.
final class OwnThread<Value: Sendable>: Sendable {
  private struct State {
    var value: Value?
    /// Set while the work runs.
    var thread: RunningThread?
  }

  private let state = Locked(State())

  init(_ work: @escaping @Sendable () -> Value) {
    let thread = startThread { [self] in
      unblockSignals()
      state.withLock { $0.thread = RunningThread() }
      let value = work()
      state.withLock { $0 = State(value: value) }
    }
    pthread_detach(thread)
  }

  /// What the work returned, once it has. Work that hangs ends the run, with a message.
  var value: Value {
    get async {
      await eventually(within: .seconds(60)) { isFinished }
      if let value = state.withLock({ $0.value }) { return value }
      endRun("A thread of the test \"\(Test.current?.displayName ?? "")\" hangs")
    }
  }

  var isFinished: Bool { state.withLock { $0.value != nil } }

  /// Sends the thread a signal, if it still works.
  func signal(_ number: CInt) {
    state.withLock { state in
      if let thread = state.thread { _ = pthread_kill(thread.thread, number) }
    }
  }

  /// Whether the thread sleeps in the kernel just now.
  private var sleeps: Bool { state.withLock { $0.thread }?.sleeps ?? false }

  /// Waits until the thread was seen asleep several times in a row, or has finished: it waits for something that only
  /// others can bring about.
  func untilBlocked() async {
    var sightings = 0
    await eventually {
      sightings = sleeps ? sightings + 1 : 0
      return sightings == 8 || isFinished
    }
  }

  /// Waits until the thread waits for room: in a system call of a send. Asleep alone says less: on a busy machine a thread that
  /// has not begun may sleep on a lock.
  func untilItWaitsForRoom() async {
    await eventually { isFinished || state.withLock { $0.thread }?.waitsForRoom ?? false }
    await untilBlocked()
  }
}

extension OwnThread where Value == Void {
  /// Work that runs until `flag` is raised.
  static func looping(until flag: Flag, _ body: @escaping @Sendable () -> Void) -> OwnThread<Void> {
    OwnThread { while !flag.isRaised { body() } }
  }
}

/// Something that has happened, or not yet.
final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)
  var isRaised: Bool { raised.load(ordering: .acquiring) }
  func raise() { raised.store(true, ordering: .releasing) }
}

/// Looks again and again whether the condition holds, for `time` at most, with pauses that grow from 1 ms to 10 ms: tests measure the
/// processor time of this process meanwhile. Returns whether the condition holds.
@discardableResult
func eventually(within time: Duration = .seconds(30), _ condition: () -> Bool) async -> Bool {
  let deadline = ContinuousClock.now + time
  var pause = Duration.milliseconds(1)
  while !condition() {
    if ContinuousClock.now > deadline { return false }
    try? await Task.sleep(for: pause)
    pause = min(pause * 5 / 4, .milliseconds(10))
  }
  return true
}

func textOfFile(_ path: String) -> String? {
  let file = open(path, O_RDONLY | O_CLOEXEC)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes = [UInt8](repeating: 0, count: 4096)
  let count = read(file, &bytes, bytes.count)
  return count < 0 ? nil : String(decoding: bytes.prefix(count), as: UTF8.self)
}

/// Lets SIGUSR1 interrupt this thread: the threads of Dispatch, which run tests, block all signals, and a new thread blocks what the one
/// that made it blocks.
private func unblockSignals() {
  var set = sigset_t()
  sigemptyset(&set)
  sigaddset(&set, SIGUSR1)
  pthread_sigmask(SIG_UNBLOCK, &set, nil)
}
