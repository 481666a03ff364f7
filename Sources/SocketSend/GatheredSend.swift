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

  /// A send that ended in a wait, before it sent anything. `errno` is the wait's answer; ETIMEDOUT there is always the send's own
  /// time-out.
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
  fileprivate var forCore: (kind: UInt32, nanoseconds: Int64) {
    switch self {
    case .asSocket: (SENDV_WAIT_AS_SOCKET.rawValue, 0)
    case .blocking(let nanoseconds): (SENDV_WAIT_BLOCKING.rawValue, nanoseconds)
    case .within(let nanoseconds): (SENDV_WAIT_WITHIN.rawValue, nanoseconds)
    }
  }
}

/// What the core asks before each wait: whether the socket at `context` was closed.
private func isClosed(_ context: UnsafeRawPointer?) -> CInt {
  // Invariant: `context` is a `Socket` that the caller keeps until the core's call returns.
  unsafe Unmanaged<Socket>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue().life.isClosed ? 1 : 0
}

/// Sends the list through the C core. `buffers` is not empty, `flags` are the platform's. Closing `socket` ends a wait.
@inline(__always)
package func gatheredSend(
  _ buffers: some IOVectorList, on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?, wait: SendWait,
  endedBy socket: Socket? = nil
) -> SendOutcome {
  var call = unsafe newCall(on: descriptor, flags: flags, wait: wait.forCore, endedBy: socket)
  let errno = unsafe perform(&call, buffers, to: address)
  return unsafe SendOutcome(
    bytesSent: call.sent, systemCalls: call.system_calls, waits: call.waits, errno: errno,
    isOwnTimeout: call.timed_out != 0)
}

/// What one offer came to. With EAGAIN or EINPROGRESS the socket is full or connecting, whatever it took before.
package struct Offer {
  package var outcome: SendOutcome
  /// The socket took all it was offered, and there is more to send.
  package var isUnfinished: Bool

  package init(outcome: SendOutcome = SendOutcome(), isUnfinished: Bool = false) {
    self.outcome = outcome
    self.isUnfinished = isUnfinished
  }
}

/// Makes one system call that sends, and does not wait. `buffers` is not empty, `flags` are the platform's.
@inline(__always)
package func gatheredOffer(
  _ buffers: some IOVectorList, on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?
) -> Offer {
  var call = unsafe newCall(on: descriptor, flags: flags, wait: (SENDV_ONE_OFFER.rawValue, 0), endedBy: nil)
  let errno = unsafe perform(&call, buffers, to: address)
  return unsafe Offer(
    outcome: SendOutcome(bytesSent: call.sent, systemCalls: call.system_calls, errno: errno),
    isUnfinished: call.unfinished != 0)
}

/// A call without its list and its address. Every field is set, which takes 2 instructions fewer than zeroing the structure and setting
/// some. Invariant: the caller keeps `socket` until the core's call returns.
@inline(__always)
private func newCall(
  on descriptor: SocketDescriptor, flags: CInt, wait: (kind: UInt32, nanoseconds: Int64), endedBy socket: Socket?
) -> sendv_call {
  unsafe sendv_call(
    size: MemoryLayout<sendv_call>.size, fd: descriptor.rawValue, flags: flags, iov: nil, iovcnt: 0, source: nil,
    address: nil, address_length: 0, wait: wait.kind, timeout_ns: wait.nanoseconds, stopped: socket == nil ? nil : isClosed,
    stopped_context: socket.map { unsafe UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) },
    sent: 0, system_calls: 0, waits: 0, taken: 0, timed_out: 0, unfinished: 0)
}

/// Invariant: the vectors, and the address where there is one, outlive the core's call, which keeps neither. The call holds pointers, so
/// each use of it is unsafe.
@inline(__always)
private func perform(_ call: inout sendv_call, _ buffers: some IOVectorList, to address: SocketAddress?) -> CInt {
  guard let address else { return unsafe buffers.perform(&call) }
  return unsafe address.withSockaddr { pointer, length in
    unsafe call.address = pointer
    unsafe call.address_length = length
    return unsafe buffers.perform(&call)
  }
}
