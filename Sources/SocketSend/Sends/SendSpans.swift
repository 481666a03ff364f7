// SPDX-License-Identifier: Apache-2.0

import CSendShim

// Sends of borrowed memory. They have no async form: an async send keeps its list in an object while the task is suspended, and the event
// thread offers it from there. A list that must not outlive the memory in it cannot be kept in an object.
//
// The caller's module finds the list's vectors: `withVectors` is inlined there, and may copy the list's `room` to the stack. A function of
// this module would also get a copy of the list, which takes 1 KiB more of stack.

extension SocketDescriptor {
  /// Sends all spans of `list` in order; the program need not join them first.
  ///
  /// On streams and on datagram sockets, this does what ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. The list stays as
  /// it is and can be sent again.
  ///
  /// There is no async form: an async send keeps its list while the task is suspended, and this list must not outlive the memory in it.
  ///
  /// - Parameters:
  ///   - list: The segments. At least one, empty ones allowed.
  ///   - skipped: How many bytes at the start of the list to leave out, since an earlier send sent them: on a stream, after a time-out or
  ///     a full socket. If that leaves no segment, this throws ``SocketError/Code/invalidArgument``. Not negative.
  ///   - address: Where a datagram goes; nil for the peer.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call; zero or less never waits.
  /// - Returns: The bytes the kernel accepted, without the bytes skipped.
  /// - Throws: ``SocketError``, as ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. Its
  ///   ``SocketError/bytesSent`` does not count the bytes skipped.
  ///
  /// The corresponding C function is `sendv_perform`, with `sendv_seek` for what is skipped.
  @available(
    *, noasync, message: "no async send takes a SpanList; await send of another list, or block in a synchronous function"
  )
  @inlinable @discardableResult
  public func send(
    _ list: borrowing SpanList, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try unsafe list.withVectors { unsafe send($0, skipping: skipped, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Invariant: the vectors and the bytes are those of a list that is borrowed until this returns.
  @usableFromInline
  func send(
    _ vectors: UnsafeBufferPointer<iovec>, skipping skipped: Int, to address: SocketAddress?, flags: SocketFlags,
    timeout: Duration?
  ) -> Result<Int, SocketError> {
    if skipped == 0 { return unsafe transmit(vectors, flags: flags, to: address, timeout: timeout).result }
    return unsafe vectors.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }
  }
}

extension Socket {
  /// Sends all spans of `list` in order and in one piece; the program need not join them first.
  ///
  /// On streams and on datagram sockets, this does what ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. The list stays as
  /// it is and can be sent again.
  ///
  /// There is no async form: an async send keeps its list while the task is suspended, and this list must not outlive the memory in it.
  ///
  /// - Parameters:
  ///   - list: The segments. At least one, empty ones allowed.
  ///   - skipped: How many bytes at the start of the list to leave out, since an earlier send sent them: on a stream, after a time-out or
  ///     a full socket. If that leaves no segment, this throws ``SocketError/Code/invalidArgument``. Not negative.
  ///   - address: Where a datagram goes; nil for the peer.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call; zero or less never waits.
  /// - Returns: The bytes the kernel accepted, without the bytes skipped.
  /// - Throws: ``SocketError``, as ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. Its
  ///   ``SocketError/bytesSent`` does not count the bytes skipped.
  ///
  /// The corresponding C function is `sendv_perform`, with `sendv_seek` for what is skipped.
  @available(
    *, noasync, message: "no async send takes a SpanList; await send of another list, or block in a synchronous function"
  )
  @inlinable @discardableResult
  public func send(
    _ list: borrowing SpanList, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try unsafe list.withVectors { unsafe send($0, skipping: skipped, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Invariant: the vectors and the bytes are those of a list that is borrowed until this returns.
  @usableFromInline
  func send(
    _ vectors: UnsafeBufferPointer<iovec>, skipping skipped: Int, to address: SocketAddress?, flags: SocketFlags,
    timeout: Duration?
  ) -> Result<Int, SocketError> {
    if skipped == 0 { return unsafe transmit(vectors, flags: flags, to: address, timeout: timeout).result }
    return unsafe vectors.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }
  }
}
