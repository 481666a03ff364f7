// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

extension Socket {
  /// Tries `operation`, which never waits, until it answers other than EAGAIN, and suspends the task before each new try. The
  /// descriptor's number stays this socket's meanwhile.
  ///
  /// - Throws: What the operation answers. `.operationAborted` with errno `ECANCELED` if the task was cancelled. `.timedOut` once the
  ///   deadline passed. `.closed` if the socket was closed before, and the error of `closedMeanwhile` if it was closed since.
  func suspending<Result>(
    for reason: WaitReason, until deadline: Deadline, _ operation: (SocketDescriptor) throws(SocketError) -> Result
  ) async throws(SocketError) -> Result {
    guard life.enter() else { throw .closed }
    defer { leave() }
    if Task.isCancelled { throw SocketError(errno: ECANCELED) }
    var policy = WaitPolicy()
    while true {
      let error: SocketError
      do throws(SocketError) {
        return try operation(descriptor)
      } catch let answer {
        error = answer
      }
      if life.isClosed { throw SocketError(errno: errnoWhenClosed(error.errno == EAGAIN ? ECANCELED : error.errno)) }
      if error.errno != EAGAIN { throw error }
      try await wait(&policy, for: reason, until: deadline)
    }
  }

  /// Waits once. Throws what ends the operation.
  func wait(_ policy: inout WaitPolicy, for reason: WaitReason, until deadline: Deadline) async throws(SocketError) {
    if deadline.nanosecondsLeft == 0 { throw .ownTimeout(bytesSent: 0) }
    let errno = SocketEvents.shared.start()
    if errno != 0 { throw SocketError(errno: errno) }
    noteWatched()
    let wait = Wait(policy.next(for: reason, until: deadline), on: descriptor.rawValue, of: self)
    let end = await SocketEvents.shared.awaitEnd(of: wait)
    policy.ended(end, of: reason)
    if end == .cancelled { throw SocketError(errno: ECANCELED) }
    if end == .closed, life.isClosed { throw SocketError(errno: closedMeanwhile) }
  }
}
