// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// What this module asks of SocketSendAsync. A suspended operation is in no system call, so closing or shutting down its socket does not
/// wake it. SocketSendAsync ends its wait.
package protocol SocketWatcher: Sendable {
  /// Ends all waits on the descriptor: its socket was closed or shut down.
  func endWaits(on descriptor: CInt)
  /// Takes the descriptor out of epoll or kqueue. Call this before a closed socket's number goes back to the system. If a send still waits
  /// for its turn on the descriptor then, its wait is about to end, and the descriptor stays registered. The next wait on its number copes
  /// with that.
  func forget(_ descriptor: CInt)
}

package enum SocketWatching {
  /// nil until the first async send or wait of the process.
  package static let watcher = Locked<(any SocketWatcher)?>(nil)
}

extension Socket {
  /// Notes that the descriptor may be registered with epoll or kqueue from now on. Call this before the first wait.
  package func noteWatched() { isWatched.store(true, ordering: .relaxed) }

  /// Ends the waits for events on this socket. Call this after the socket was noted as closed, or was shut down. A wait checks under the
  /// lock of SocketSendAsync's wait table whether the socket is closed before it begins, so a wait either sees that or is ended here.
  func endWatchedWaits() { SocketWatching.watcher.withLock { $0 }?.endWaits(on: descriptor.rawValue) }

  /// Gives the descriptor's number back to the system. No operation uses it any more.
  @inline(never)
  func closeDescriptor() {
    // The operation that called `noteWatched` has left since, or queued up for its turn. Both exchange the state in `SocketLife`, so the
    // store is visible here.
    if isWatched.load(ordering: .relaxed) { SocketWatching.watcher.withLock { $0 }?.forget(descriptor.rawValue) }
    SystemCalls.close(descriptor.rawValue)
  }
}
