// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// What became of one send.
package struct SendOutcome {
  package var bytesSent = 0
  package var systemCalls = 0
  package var waits = 0
  /// 0, or the system's number for the error.
  package var errno: CInt = 0
  /// Whether the send's own time-out passed. `errno` is then ETIMEDOUT.
  package var isOwnTimeout = false
  /// Whether this program had closed the socket before the send. The system has no error number for that.
  var wasClosed = false

  package init(
    bytesSent: Int = 0, systemCalls: Int = 0, waits: Int = 0, errno: CInt = 0, isOwnTimeout: Bool = false,
    wasClosed: Bool = false
  ) {
    self.bytesSent = bytesSent
    self.systemCalls = systemCalls
    self.waits = waits
    self.errno = errno
    self.isOwnTimeout = isOwnTimeout
    self.wasClosed = wasClosed
  }

  /// The outcome of a send that sent nothing, because its wait for the turn failed. `errno` is the wait's answer; ETIMEDOUT means that
  /// the send's own time-out passed.
  package init(endOfWait errno: CInt) { self.init(errno: errno, isOwnTimeout: errno == ETIMEDOUT) }

  package static var closed: SendOutcome { SendOutcome(errno: EBADF, wasClosed: true) }

  var error: SocketError? {
    if errno == 0 { return nil }
    if isOwnTimeout { return .ownTimeout(bytesSent: bytesSent) }
    return wasClosed ? .closed : SocketError(errno: errno, bytesSent: bytesSent)
  }

  /// Returns the bytes sent, or throws the error.
  @inline(__always)
  package func get() throws(SocketError) -> Int {
    if let error { throw error }
    return bytesSent
  }

  /// The outcome as a `Result`, for code that is inlined into other modules.
  var result: Result<Int, SocketError> { error.map { .failure($0) } ?? .success(bytesSent) }
}

/// The result of one offer. EAGAIN or EINPROGRESS means that the socket is full or connecting. After a short write, `errno` is EAGAIN and
/// `bytesSent` is more than 0.
package struct Offer {
  package var outcome: SendOutcome
  /// Whether bytes are left that may be offered at once: the socket took the whole offer, or sendfile took a part of it.
  package var isUnfinished: Bool

  package init(outcome: SendOutcome = SendOutcome(), isUnfinished: Bool = false) {
    self.outcome = outcome
    self.isUnfinished = isUnfinished
  }
}
