// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Synchronization

/// Runs the jobs of tasks one after the other, and counts them. A task is one job, and one more each time that it lets others run or
/// goes on after a wait.
final class CountingExecutor: TaskExecutor {
  private let queue = DispatchQueue(label: "jobs of one test")
  private let enqueued = Atomic<Int>(0)
  private let finished = Atomic<Int>(0)

  var jobs: Int { enqueued.load(ordering: .relaxed) }

  /// Waits until the first job has ended: its task has ended, or is suspended.
  func untilFirstJobEnded() async { await eventually { finished.load(ordering: .acquiring) > 0 } }

  func enqueue(_ job: consuming ExecutorJob) {
    enqueued.add(1, ordering: .relaxed)
    let job = UnownedJob(job)
    queue.async {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
      self.finished.add(1, ordering: .releasing)
    }
  }
}
