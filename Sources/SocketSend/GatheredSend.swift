// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// What became of one send.
package struct SendOutcome {
  package var bytesSent = 0
  package var systemCalls = 0
  package var waits = 0
  /// 0, or the system's number for the error.
  package var errno: CInt = 0
  /// The send's own time-out passed: `errno` is ETIMEDOUT, and not the connection's.
  package var isOwnTimeout = false
  /// The socket had been closed in this program, for which the system has no number of its own.
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

  /// The end of a send, before it sent anything, that waited as long as it may: `errno` is what the wait answered. An ETIMEDOUT of
  /// a wait is always the send's own.
  package init(endOfWait errno: CInt) { self.init(errno: errno, isOwnTimeout: errno == ETIMEDOUT) }

  package static var closed: SendOutcome { SendOutcome(errno: EBADF, wasClosed: true) }

  var error: SocketError? {
    if errno == 0 { return nil }
    if isOwnTimeout { return .ownTimeout(bytesSent: bytesSent) }
    return wasClosed ? .closed : SocketError(errno: errno, bytesSent: bytesSent)
  }

  /// The outcome as a Swift function gives it.
  @inline(__always)
  package func get() throws(SocketError) -> Int {
    if let error { throw error }
    return bytesSent
  }

  /// The same as a value, for what is inlined into other modules.
  var result: Result<Int, SocketError> { error.map { .failure($0) } ?? .success(bytesSent) }
}

/// How long a send may wait. The nanoseconds are a total for the call; negative is for ever.
package enum SendWait {
  /// The descriptor's own O_NONBLOCK and SO_SNDTIMEO decide.
  case asSocket
  /// As long as this where the descriptor is in blocking mode.
  case blocking(nanoseconds: Int64)
  /// As long as this in any mode.
  case within(nanoseconds: Int64)

  /// The fields `wait` and `timeout_ns` of the core's call.
  @inline(__always)
  fileprivate var forCore: (UInt32, Int64) {
    switch self {
    case .asSocket: (SENDV_WAIT_AS_SOCKET.rawValue, 0)
    case .blocking(let nanoseconds): (SENDV_WAIT_BLOCKING.rawValue, nanoseconds)
    case .within(let nanoseconds): (SENDV_WAIT_WITHIN.rawValue, nanoseconds)
    }
  }
}

/// Sends the list through the C core. `buffers` is not empty, `flags` are the platform's.
@inline(__always)
package func gatheredSend(
  _ buffers: some IOVectorList, on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?, wait: SendWait
) -> SendOutcome {
  // Invariant: the vectors, and the address where there is one, outlive the core's call, which keeps neither; that the call holds
  // pointers is what makes each use of it unsafe.
  var call = unsafe sendv_call()
  unsafe call.size = MemoryLayout<sendv_call>.size
  unsafe call.fd = descriptor.rawValue
  unsafe call.flags = flags
  unsafe (call.wait, call.timeout_ns) = wait.forCore
  let errno: CInt
  if let address {
    unsafe errno = address.withSockaddr { pointer, length in
      unsafe call.address = pointer
      unsafe call.address_length = length
      return unsafe buffers.perform(&call)
    }
  } else {
    unsafe errno = buffers.perform(&call)
  }
  return unsafe SendOutcome(
    bytesSent: call.sent, systemCalls: call.system_calls, waits: call.waits, errno: errno,
    isOwnTimeout: call.timed_out != 0)
}
