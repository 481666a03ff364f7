// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// What became of a list that was sent by zero copy.
public struct ZeroCopyResult: Hashable, Sendable {
  /// The bytes the kernel accepted.
  public var bytesSent: Int
  /// Whether this was a plain send, or the kernel copied some of the bytes after all.
  ///
  /// If the kernel copied them in a zero-copy send, a plain `send` would have cost less.
  public var wasCopied: Bool

  /// A result with these values.
  public init(bytesSent: Int, wasCopied: Bool) {
    self.bytesSent = bytesSent
    self.wasCopied = wasCopied
  }
}

extension Socket {
  /// Sends all segments of `buffers` from the program's memory, without a copy in the kernel, and waits until the kernel has let it go.
  ///
  /// The bytes go out as by `send(_:to:flags:timeout:)` in blocking mode, whatever the socket's mode: on a stream all of them, on a
  /// datagram socket as one message. On a stream, the call returns when the peer has acknowledged all bytes or has reset the connection.
  /// On a datagram socket, it returns when the network interface has sent the message. After the call the memory of buffer pointers in
  /// the list may change. Until the call returns, other sends on this socket wait for their turn.
  ///
  /// It is meant for large lists that leave the host through a network interface that reads the program's memory. The gain there was not
  /// measured. <doc:ZeroCopy> says what it costs elsewhere. TCP and UDP on Linux have zero copy. The call is a plain send on other
  /// sockets and systems, for lists with a ``FileRegion`` or without bytes, and if the kernel refuses zero copy or still has the memory of
  /// an earlier call. ``ZeroCopyResult/wasCopied`` is true then.
  ///
  /// The kernel reports through the socket's error queue. This call empties the queue, and drops the ICMP errors and timestamps in it.
  /// No other code may send with `MSG_ZEROCOPY` on the descriptor: its notifications would be taken for those of this call.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - skipped: How many bytes at the start of the list to leave out, since an earlier send sent them. Not negative.
  ///   - address: Where a datagram goes; nil for the peer.
  ///   - timeout: A total time for this call, the wait for the kernel included; nil for ``sendTimeout``. Greater than 0. After it the
  ///     kernel gets up to 5 seconds more to let go of the memory. It usually needs microseconds.
  /// - Returns: The bytes the kernel accepted, without the bytes skipped, and whether the kernel copied some of them.
  /// - Throws: ``SocketError``, as `send(_:to:flags:timeout:)` does, once the kernel has let go of the memory. If the time passed
  ///   (``SocketError/isOwnTimeout``) while the kernel used the memory, the call has aborted a TCP connection, since the kernel keeps bytes
  ///   until the peer acknowledges them: close the socket. If the time passed at another moment, the connection is intact. The call throws
  ///   ``SocketError/Code/invalidArgument`` if `timeout`, or else ``sendTimeout``, is zero or less.
  ///   ``close()`` during the call aborts the connection, even after `shutdown(.send)`. If the kernel still has the memory 5 seconds after
  ///   the time passed or the socket was closed, the call throws nevertheless. The list's values then stay in memory for the life of the
  ///   process, and the memory of buffer pointers must not change any more.
  ///
  /// The corresponding C function is `sendv_perform` with `MSG_ZEROCOPY`, then `recvmsg` with `MSG_ERRQUEUE`.
  @available(*, noasync, message: "await send of SocketSendAsync, or block in a synchronous function")
  @discardableResult
  public func sendZeroCopy<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, to address: SocketAddress? = nil, timeout: Duration? = nil
  ) throws(SocketError) -> ZeroCopyResult {
    try sendZeroCopy(SendCursor(buffers, skipping: skipped), to: address, timeout: timeout)
  }

  /// Sends a list that mixes types, without a copy in the kernel.
  ///
  /// All else is as for the list of one type.
  // Disfavored, as the blocking send is: a list of one type goes to the other form.
  @available(*, noasync, message: "await send of SocketSendAsync, or block in a synchronous function")
  @discardableResult @_disfavoredOverload
  public func sendZeroCopy(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, to address: SocketAddress? = nil, timeout: Duration? = nil
  ) throws(SocketError) -> ZeroCopyResult {
    try sendZeroCopy(SendCursor(buffers, skipping: skipped), to: address, timeout: timeout)
  }

  private func sendZeroCopy(
    _ cursor: consuming SendCursor, to address: SocketAddress?, timeout: Duration?
  ) throws(SocketError) -> ZeroCopyResult {
    let nanoseconds = timeout?.timeoutNanoseconds ?? sendTimeoutNanoseconds.load(ordering: .relaxed)
    let start = mayTrace ? traceBegins() : nil
    let (segments, bytes) = (cursor.count, cursor.bytesLeft)
    let (outcome, wasCopied) = sendZeroCopy(cursor, to: address, within: nanoseconds)
    if let start {
      traceEnds(start, segments: segments, bytes: bytes, on: descriptor, isDatagram: kind == .datagram, outcome)
    }
    return ZeroCopyResult(bytesSent: try outcome.get(), wasCopied: wasCopied)
  }

  private func sendZeroCopy(
    _ cursor: consuming SendCursor, to address: SocketAddress?, within nanoseconds: Int64
  ) -> (outcome: SendOutcome, wasCopied: Bool) {
    guard cursor.count > 0, nanoseconds != 0 else { return (failure(EINVAL), false) }
    let deadline = Deadline(in: nanoseconds)
    switch life.takeTurn() {
    case .entered: break
    case .closed: return (.closed, false)
    case .contended, .timedOut:
      if case .refused(let outcome) = waitForTurn(flags: 0, .within(nanoseconds: nanoseconds)) { return (outcome, false) }
    }
    var (outcome, wasCopied) = ZeroCopySend(cursor, on: self, to: address, until: deadline).run()
    endTurn(&outcome)
    return (outcome, wasCopied)
  }
}
