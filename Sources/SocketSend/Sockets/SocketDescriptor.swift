// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A descriptor of a socket that another part of the program opens and closes.
public struct SocketDescriptor: RawRepresentable, Hashable, Sendable {
  /// The descriptor's number, as C has it.
  public let rawValue: CInt

  /// A descriptor by its number.
  ///
  /// The number is not checked. A send throws ``SocketError/Code/operationAborted`` if it is not open, and ``SocketError/Code/notSocket``
  /// if it is not a socket.
  @inlinable
  public init(rawValue: CInt) { self.rawValue = rawValue }

  /// Sends all segments of `buffers`, in order; the program need not join them first.
  ///
  /// On a blocking stream it returns once the kernel accepted every byte. On a socket in non-blocking mode, or with
  /// ``SocketFlags/doNotWait``, it sends what fits now and returns that count. On a datagram or seqpacket socket the list is one message,
  /// however many segments it has, and goes whole or not at all. A list that has only empty segments sends 0 bytes on a stream and one
  /// empty message otherwise.
  ///
  /// Asynchronous code cannot call it, as it blocks the thread: import `SocketSendAsync` there and await its `send`.
  ///
  /// Two threads that send on one stream at the same time may mix their lists, as with `write`; ``Socket`` prevents that.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - address: Where a datagram goes; nil for the peer. On Linux, the socket may be connected to another address; other systems
  ///     then throw ``SocketError/Code/isConnected``. A connected stream throws ``SocketError/Code/isConnected`` or ignores it, as the
  ///     system does.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call, whatever the socket's mode and its `SO_SNDTIMEO` say; zero or less never
  ///     waits. With nil these two decide, and an `SO_SNDTIMEO` is a total for the call too.
  /// - Returns: The bytes the kernel accepted: all of them, except in non-blocking mode or with ``SocketFlags/doNotWait``.
  /// - Throws: ``SocketError``, with what was sent by then in ``SocketError/bytesSent``. ``SocketError/Code/invalidArgument`` if the
  ///   list is empty. ``SocketError/Code/timedOut`` if the time-out passed, or is zero and not every byte fits at once.
  ///   ``SocketError/Code/wouldBlock`` if no byte fits and non-blocking mode or ``SocketFlags/doNotWait`` forbids a wait, or if no local
  ///   UDP port is free. ``SocketError/Code/messageSize`` if the message is longer than the socket takes.
  ///
  /// The corresponding C functions are `sendv_all` and `sendv_all_within`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    // Most callers know both to be nil. Then this is decided in the caller's module, at no cost.
    if address == nil, timeout == nil { return try sendToPeer(buffers, flags: flags) }
    return try sendSlices(buffers, to: address, flags: flags, timeout: timeout)
  }

  @usableFromInline
  func sendToPeer(_ buffers: [ArraySegment<UInt8>], flags: SocketFlags) throws(SocketError) -> Int {
    try transmit(buffers, flags: flags, to: nil, timeout: nil).get()
  }

  @usableFromInline
  func sendSlices(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) throws(SocketError) -> Int {
    try transmit(buffers, flags: flags, to: address, timeout: timeout).get()
  }
}

// MARK: The send itself

extension SocketDescriptor {
  @inline(__always)
  func transmit(
    _ buffers: some IOVectorList, begun: GatheringTime = .none, flags: SocketFlags, to address: SocketAddress?,
    timeout: Duration?
  ) -> SendOutcome {
    var wait = timeout.map { SendWait.within($0) } ?? .asSocket
    if begun.wasMeasured { wait = shortened(wait, by: begun.nanoseconds) }
    if mayTrace {
      return traced(buffers, on: self, isDatagram: kind == .datagram) {
        untraced(buffers, flags: flags, to: address, wait: wait)
      }
    }
    return untraced(buffers, flags: flags, to: address, wait: wait)
  }

  /// Without a `timeout:`, the time is SO_SNDTIMEO. If the socket has none, `wait` stays as it is. It also stays if the option cannot be
  /// read: the core then returns the error, because it reads the option too.
  @inline(never)
  private func shortened(_ wait: SendWait, by nanoseconds: Int64) -> SendWait {
    var wait = wait
    if !wait.isForAnyMode {
      guard let time = SystemCalls.sendTimeout(of: rawValue) else { return wait }
      wait = .ifBlocking(nanoseconds: time)
    }
    wait.shorten(by: nanoseconds)
    return wait
  }

  @inline(__always)
  private func untraced(
    _ buffers: some IOVectorList, flags: SocketFlags, to address: SocketAddress?, wait: SendWait
  ) -> SendOutcome {
    let flags = flags.checked(for: buffers.count)
    if flags < 0 { return SendOutcome(errno: -flags) }
    return gatheredSend(buffers, on: self, flags: flags, to: address, wait: wait)
  }

  /// Asks the system; nil where this is no socket.
  package var kind: Socket.Kind? {
    try? option(.kind)
  }
}

extension Duration {
  /// The time in whole nanoseconds, for a time-out: rounded up, so that no time-out comes early; 0 for a negative time, since a
  /// negative number would be for ever; and at most 292 years.
  package var timeoutNanoseconds: Int64 {
    if self <= .zero { return 0 }
    // Checked first: `components` traps on a duration of more than `Int64.max` seconds.
    if self >= .nanoseconds(Int64.max) { return .max }
    let (seconds, attoseconds) = components
    return seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000
  }
}
