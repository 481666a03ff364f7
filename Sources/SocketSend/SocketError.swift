// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// Why a socket operation failed, and how much had been sent by then.
///
/// The original's `SocketException`. Unlike there, the true error survives a send that failed half-way, and the bytes that
/// went are counted: resume with ``Swift/Array/dropFirst(bytes:)``.
public struct SocketError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of error, with the original's number: ``Code/timedOut`` is 10060.
  public var code: Code
  /// The system's own number for it (`ETIMEDOUT`), or 0 where there is none.
  public var errno: CInt
  /// The bytes the kernel accepted before the error. 0 for a datagram, which goes whole or not at all, and for every
  /// operation that is not a send.
  public var bytesSent: Int

  /// An error of this kind.
  public init(code: Code, errno: CInt = 0, bytesSent: Int = 0) {
    self.code = code
    self.errno = errno
    self.bytesSent = bytesSent
  }

  /// The error that the system's number `errno` stands for.
  public init(errno: CInt, bytesSent: Int = 0) {
    self.init(code: Code(errno: errno), errno: errno, bytesSent: bytesSent)
  }

  /// For example `timedOut (10060), errno 110, 65536 bytes sent`. What is 0 is left out.
  public var description: String {
    let system = errno == 0 ? "" : ", errno \(errno)"
    let sent = bytesSent == 0 ? "" : ", \(bytesSent) bytes sent"
    return "\(code)\(system)\(sent)"
  }
}

extension SocketError {
  /// What a socket answers after its `close()`.
  static var closed: SocketError { SocketError(code: .closed, errno: EBADF) }
}
