// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Who waits for events on sockets' descriptors, without being in an operation's system call: SocketSendAsync.
package protocol SocketWatcher: Sendable {
  /// Ends all waits on the descriptor: its socket was closed or shut down.
  func endWaits(on descriptor: CInt)
  /// Lets go of the descriptor, whose number is about to go back to the system. No operation uses it any more; a wait for the turn
  /// that was answered may still be about to end.
  func forget(_ descriptor: CInt)
}

package enum SocketWatching {
  /// nil until the first wait of the process.
  package static let watcher = Locked<(any SocketWatcher)?>(nil)
}

extension Socket {
  /// Notes that the watcher knows the descriptor from now on. Call this before the first wait.
  package func noteWatched() { isWatched.store(true, ordering: .relaxed) }

  private var watcher: (any SocketWatcher)? {
    // Whoever noted it is an operation under way, or one that has left: `life` makes its store visible here.
    isWatched.load(ordering: .relaxed) ? SocketWatching.watcher.withLock { $0 } : nil
  }

  /// Ends the waits for events on this socket.
  func endWatchedWaits() { watcher?.endWaits(on: descriptor.rawValue) }

  /// Gives the descriptor's number back to the system. No operation uses it any more.
  @inline(never)
  func release() {
    watcher?.forget(descriptor.rawValue)
    SystemCalls.release(descriptor.rawValue)
  }
}
