// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// An async send after its first offer.
///
/// Invariant: one thread at a time uses `progress`: the thread that runs the task, or the event thread while the task is suspended. Another
/// thread may end the wait meanwhile: see the invariant of `Wait`.
final class SuspendedSend: Wait, @unchecked Sendable {
  /// The state of the send in one property: the runtime checks a property for exclusive access at each use.
  private var progress: SendProgress

  init(_ progress: consuming SendProgress) {
    let (descriptor, socket) = (progress.descriptor.rawValue, progress.socket)
    // The event thread does not wait for a disk.
    let mayRetry = !progress.hasFiles
    self.progress = progress
    super.init(WaitPlan(reason: .room), on: descriptor, of: socket, mayRetry: mayRetry)
  }

  /// Sends the rest of the list. Returns what was sent in all and how it ended: ECANCELED if the task was cancelled. If the socket was
  /// closed, it is ECANCELED or the error of an offer after the close; `endTurn` replaces both by `closedMeanwhile`.
  func run() async -> SendOutcome {
    while true {
      switch progress.next(isCancelled: Task.isCancelled) {
      case .end(let outcome, let isWatched):
        if socket == nil, isWatched { SocketEvents.shared.forget(descriptor) }
        return outcome
      case .yield:
        await Task.yield()
        progress.offerAgain()
      case .wait(let plan):
        let end = await SocketEvents.shared.awaitEnd(of: self, beginningAgain: plan)
        // After a cancellation nothing more is offered.
        if end != .retried, end != .cancelled { progress.offerAfterWait(endedBy: end) }
      }
    }
  }

  override func retry() -> WaitPlan? { progress.retry() }
}
