// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// Why a socket operation failed, and how much had been sent by then.
///
/// Corresponds to .NET's `SocketException`. Unlike in .NET, a send that failed half-way reports the true error and the bytes that were
/// sent: resume with ``Swift/Array/dropFirst(bytes:)``. Two errors are equal if `code`, `errno`, `bytesSent` and
/// `isOwnTimeout` are equal.
public struct SocketError: Error, Hashable, Sendable {
  /// The kind of error, with .NET's number: ``Code/timedOut`` is 10060.
  public var code: Code
  /// The system's own number for it (`ETIMEDOUT`), or 0 where there is none.
  public var errno: CInt
  /// The bytes the kernel accepted before the error. 0 for every operation that is not a send. 0 for a datagram too, except from
  /// `sendZeroCopy`: its time-out may pass, or the socket may be closed, after the datagram was sent.
  public var bytesSent: Int
  /// Whether the time-out of this operation passed (``Socket/sendTimeout``, ``Socket/receiveTimeout``, `timeout:`, `SO_SNDTIMEO` or
  /// `SO_RCVTIMEO`), including while a send waited for its turn.
  ///
  /// ``code`` is then ``Code/timedOut``.
  ///
  /// - true, of a send: the connection is intact, and the kernel accepted ``bytesSent`` bytes. Send the rest of the list. A datagram was
  ///   not sent and may be sent again. `sendZeroCopy` is different: if the kernel uses the list's memory when the time passes, the
  ///   connection is aborted, and a datagram may have been sent.
  /// - false, with ``Code/timedOut``: the network gave up (`TCP_USER_TIMEOUT`, keep-alive, unanswered retransmissions). The
  ///   connection is gone: close the socket. It is unknown how many of the sent bytes arrived. Ask the peer what to send on a new
  ///   connection.
  ///
  /// False on every other error of a send. `connect`, `connected(toHost:)`, `accept`, `receive` and `receiveFrom` set it to true if their
  /// time-out passed. `poll` returns false instead of throwing. If a receive's time-out passed, nothing was received and the socket is
  /// intact. If an accept's time-out passed, no connection was taken and the socket goes on listening. If a connect's time-out passed,
  /// close the socket. The corresponding C field is `timed_out` of `struct sendv_call`.
  public var isOwnTimeout: Bool

  /// An error with `isOwnTimeout` false.
  public init(code: Code, errno: CInt = 0, bytesSent: Int = 0) {
    self.init(code: code, errno: errno, bytesSent: bytesSent, isOwnTimeout: false)
  }

  /// An error with these values.
  public init(code: Code, errno: CInt, bytesSent: Int, isOwnTimeout: Bool) {
    self.code = code
    self.errno = errno
    self.bytesSent = bytesSent
    self.isOwnTimeout = isOwnTimeout
  }

  /// The error for the system's number `errno`, with `isOwnTimeout` false.
  public init(errno: CInt, bytesSent: Int = 0) {
    self.init(code: Code(errno: errno), errno: errno, bytesSent: bytesSent)
  }
}

extension SocketError {
  /// What a socket answers after its `close()`.
  package static var closed: SocketError { SocketError(code: .closed, errno: EBADF) }

  /// The error of an operation whose own time-out passed.
  package static func ownTimeout(bytesSent: Int) -> SocketError {
    SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: bytesSent, isOwnTimeout: true)
  }
}
