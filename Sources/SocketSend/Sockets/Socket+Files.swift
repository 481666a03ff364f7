// SPDX-License-Identifier: Apache-2.0

import CSendShim

// sendfile has no flag that keeps it from waiting in the kernel: only O_NONBLOCK on the descriptor does. So the core calls sendfile if the
// descriptor is in non-blocking mode, or if the send may block for ever. Otherwise it reads the file, which takes more processor time.
// A `Socket` in blocking mode therefore sets O_NONBLOCK while it sends files with a time-out.

extension Socket {
  /// Sends a list with regions of files. The caller has the turn to send.
  func sendFiles(_ parts: some IOVectorList, flags: CInt, to address: SocketAddress?, wait: SendWait) -> SendOutcome {
    if wait.isForEver { return gatheredSend(parts, on: descriptor, flags: flags, to: address, wait: wait, endedBy: self) }
    return whileNonblocking { changedMode in
      let overridesMode = changedMode && flags & CInt(MSG_DONTWAIT) == 0
      let wait = overridesMode ? .within(nanoseconds: wait.nanoseconds) : wait
      return gatheredSend(parts, on: descriptor, flags: flags, to: address, wait: wait, endedBy: self)
    }
  }

  /// Runs `body` with a stream's descriptor in non-blocking mode, and restores the mode afterwards. `changedMode` says whether this changed
  /// the mode: not if the descriptor was in non-blocking mode already, by the user's wish or for a reason of this package. The caller has
  /// the turn to send. During `body`, ``isBlocking`` still returns the user's mode. If that mode is blocking, a receive that gets EAGAIN
  /// waits by poll. If another thread sets blocking mode during `body`, the descriptor's mode changes only afterwards, because a sendfile
  /// in blocking mode waits without a deadline.
  package func whileNonblocking<Result>(_ body: (_ changedMode: Bool) -> Result) -> Result {
    guard isStream, let changedMode = try? keepNonblocking(forFiles: true) else { return body(false) }
    defer { endNonblocking() }
    return body(changedMode)
  }
}
