// SPDX-License-Identifier: Apache-2.0

import CSendShim

// sendfile has no flag that keeps it from waiting: only the mode of the descriptor does. So the core sends files by sendfile where the
// descriptor is in non-blocking mode, or where the send may wait for ever, and reads them elsewhere, which takes about twice as long.

extension Socket {
  /// Sends a list with regions of files. The caller has the turn to send.
  func sendFiles(_ parts: some IOVectorList, flags: CInt, to address: SocketAddress?, wait: SendWait) -> SendOutcome {
    if wait.isForEver { return gatheredSend(parts, on: descriptor, flags: flags, to: address, wait: wait, endedBy: self) }
    return whileNonblocking { wasBlocking in
      let mayWait = wasBlocking && flags & CInt(MSG_DONTWAIT) == 0
      let wait = mayWait ? .within(nanoseconds: wait.nanoseconds) : wait
      return gatheredSend(parts, on: descriptor, flags: flags, to: address, wait: wait, endedBy: self)
    }
  }

  /// Runs `body` with a stream's descriptor in non-blocking mode, and passes whether it was in blocking mode. The caller has the turn to
  /// send. ``isBlocking`` stays true meanwhile, and a receive that gets EAGAIN waits by poll. ``setBlocking(_:)`` meanwhile decides.
  package func whileNonblocking<Result>(_ body: (_ wasBlocking: Bool) -> Result) -> Result {
    guard isStream, beginsNonblocking() else { return body(false) }
    defer { endNonblocking() }
    return body(true)
  }

  /// Returns whether the mode was changed.
  private func beginsNonblocking() -> Bool {
    let isChanged = try? withMode { () throws(SocketError) in
      if isKeptNonblocking.load(ordering: .relaxed) { return false }
      if try SystemCalls.isNonblocking(descriptor.rawValue) { return false }
      // Before the mode changes, so that a receive that notices the change finds it.
      isKeptNonblocking.store(true, ordering: .relaxed)
      try SystemCalls.setNonblocking(descriptor.rawValue, true)
      return true
    }
    return isChanged ?? false
  }

  private func endNonblocking() {
    try? withMode { () throws(SocketError) in
      if !isKeptNonblocking.load(ordering: .relaxed) { return }
      try SystemCalls.setNonblocking(descriptor.rawValue, false)
      isKeptNonblocking.store(false, ordering: .relaxed)
    }
  }
}
