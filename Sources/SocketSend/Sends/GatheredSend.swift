// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// How long a send may wait: the fields `wait` and `timeout_ns` of the core's call. The nanoseconds are a total for the call; negative is
/// for ever.
package struct SendWait {
  let kind: UInt32
  var nanoseconds: Int64

  /// The descriptor's own O_NONBLOCK and SO_SNDTIMEO decide.
  static var asSocket: SendWait { SendWait(kind: SENDV_WAIT_AS_SOCKET.rawValue, nanoseconds: 0) }

  /// At most this time if the descriptor is in blocking mode; not at all in non-blocking mode.
  static func ifBlocking(nanoseconds: Int64) -> SendWait {
    SendWait(kind: SENDV_WAIT_BLOCKING.rawValue, nanoseconds: nanoseconds)
  }

  /// At most this time, in any mode.
  static func within(_ timeout: Duration) -> SendWait { within(nanoseconds: timeout.timeoutNanoseconds) }

  static func within(nanoseconds: Int64) -> SendWait {
    SendWait(kind: SENDV_WAIT_WITHIN.rawValue, nanoseconds: nanoseconds)
  }

  /// One system call that sends, which does not wait.
  static var oneOffer: SendWait { SendWait(kind: SENDV_ONE_OFFER.rawValue, nanoseconds: 0) }

  /// Takes off time that has passed. If none is left, it becomes one nanosecond: 0 only forbids waiting, so the core would go on for as
  /// long as bytes fit.
  mutating func shorten(by passed: Int64) {
    if nanoseconds > 0 { nanoseconds = max(1, nanoseconds - passed) }
  }

  /// Whether the descriptor's mode and MSG_DONTWAIT have no effect.
  var isForAnyMode: Bool { kind == SENDV_WAIT_WITHIN.rawValue }

  /// Whether the send has no time-out and waits if its descriptor is in blocking mode.
  var isForEver: Bool { kind == SENDV_WAIT_BLOCKING.rawValue && nanoseconds < 0 }
}

/// What the core asks before it waits: whether the socket at `context` was closed.
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
  var call = unsafe newCall(on: descriptor, flags: flags, wait: wait, endedBy: socket)
  let errno = unsafe perform(&call, buffers, to: address)
  return unsafe SendOutcome(
    bytesSent: call.sent, systemCalls: call.system_calls, waits: call.waits, errno: errno,
    isOwnTimeout: call.timed_out != 0)
}

/// Makes one system call that sends, and does not wait. `buffers` is not empty, `flags` are the platform's.
@inline(__always)
package func gatheredOffer(
  _ buffers: some IOVectorList, on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?
) -> Offer {
  var call = unsafe newCall(on: descriptor, flags: flags, wait: .oneOffer, endedBy: nil)
  let errno = unsafe perform(&call, buffers, to: address)
  return unsafe Offer(
    outcome: SendOutcome(bytesSent: call.sent, systemCalls: call.system_calls, errno: errno),
    isUnfinished: call.unfinished != 0)
}

/// A call without its list and its address. Every field is set, which takes 2 instructions fewer than zeroing the structure and setting
/// some. Invariant: the caller keeps `socket` until the core's call returns.
@inline(__always)
private func newCall(
  on descriptor: SocketDescriptor, flags: CInt, wait: SendWait, endedBy socket: Socket?
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
    unsafe call.address_length = UInt32(length)
    return unsafe buffers.perform(&call)
  }
}
