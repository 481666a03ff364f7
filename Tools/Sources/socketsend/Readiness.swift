// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The wait for a descriptor that does not block. A program may get such a standard input or output from the one that started
/// it, or from one that shares it.
enum Readiness {
  /// Whether the read or write that has just failed is worth repeating: a signal interrupted it, or the descriptor does not
  /// block and was not ready; then this waits until it is.
  ///
  /// - Parameter event: POLLIN for a read, POLLOUT for a write.
  static func isWorthRepeating(_ event: Int32, on descriptor: CInt) -> Bool {
    if errno == EINTR { return true }
    if errno != EAGAIN { return false }
    var state = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    while poll(&state, 1, -1) < 0 && errno == EINTR {}
    return true
  }
}
