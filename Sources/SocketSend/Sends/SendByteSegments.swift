// SPDX-License-Identifier: Apache-2.0

// Sends of lists that are not `[ArraySegment<UInt8>]`. Gathering is inlined into the caller's module, where the type of the
// segments is known; after that, every list is sent in the same way. If a list is so long that its gathering counts towards the time-out,
// `gatheredWithStart` notes when that began.

extension SocketDescriptor {
  /// Sends all segments of `buffers`, of any one type that holds bytes, in order; the program need not join them first.
  ///
  /// On streams and on datagram sockets, this does what ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. Bytes without
  /// a stable address are copied for the time of the call, for example strings of up to 15 bytes. The list points at all other bytes where
  /// they are.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed. Buffer pointers among them have to stay valid, and
  ///     their memory unchanged, until this returns.
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
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    if GatheringTime.isMeasured(forValues: buffers.count) {
      return try buffers.gatheredWithStart(skipping: skipped) {
        send($0, begun: $1, to: address, flags: flags, timeout: timeout)
      }.get()
    }
    return try buffers.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends a list that mixes types, as an array literal of several types is.
  ///
  /// All else is as for the list of one type.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  // Disfavored: a list of one type goes to the other form. Otherwise `names.map { $0 + "\n" } + ["\n"]` is ambiguous.
  @inlinable @discardableResult @_disfavoredOverload
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    if GatheringTime.isMeasured(forValues: buffers.count) {
      return try buffers.gatheredWithStart(skipping: skipped) {
        send($0, begun: $1, to: address, flags: flags, timeout: timeout)
      }.get()
    }
    return try buffers.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends one value, for example a string or an array of bytes, as a list of this value alone.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ value: Segment, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try value.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends bytes that are in one place.
  ///
  /// All else is as for a list of this one segment, even if it is empty.
  @available(*, noasync, message: "no async send takes a RawSpan; await send of a list, or block in a synchronous function")
  @discardableResult
  public func send(
    _ bytes: RawSpan, to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try unsafe bytes.withIOVector { unsafe transmit($0, flags: flags, to: address, timeout: timeout) }.get()
  }

  @usableFromInline
  func send(
    _ list: borrowing SegmentList, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    if let parts = list.parts() { return sendParts(parts, begun: .none, to: address, flags: flags, timeout: timeout) }
    return unsafe transmit(list.all, flags: flags, to: address, timeout: timeout).result
  }

  /// The same, if gathering the list began at `begun` and counts towards the time-out.
  @usableFromInline
  func send(
    _ list: borrowing SegmentList, begun: GatheringTime, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    if let parts = list.parts() { return sendParts(parts, begun: begun, to: address, flags: flags, timeout: timeout) }
    return unsafe transmit(list.all, begun: begun, flags: flags, to: address, timeout: timeout).result
  }

  /// Out of line: a list of memory alone has no cost from this code.
  @inline(never)
  private func sendParts(
    _ parts: PartList, begun: GatheringTime, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    transmit(parts, begun: begun, flags: flags, to: address, timeout: timeout).result
  }
}

extension Socket {
  /// Sends all segments of `buffers`, of any one type that holds bytes, in order; the program need not join them first.
  ///
  /// On streams and on datagram sockets, this does what ``send(_:to:flags:timeout:)-([ArraySegment<UInt8>],_,_,_)`` does. Bytes without
  /// a stable address are copied for the time of the call, for example strings of up to 15 bytes. The list points at all other bytes where
  /// they are.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed. Buffer pointers among them have to stay valid, and
  ///     their memory unchanged, until this returns.
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
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    if GatheringTime.isMeasured(forValues: buffers.count) {
      return try buffers.gatheredWithStart(skipping: skipped) {
        send($0, begun: $1, to: address, flags: flags, timeout: timeout)
      }.get()
    }
    return try buffers.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends a list that mixes types, as an array literal of several types is.
  ///
  /// All else is as for the list of one type.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  // Disfavored: a list of one type goes to the other form. Otherwise `names.map { $0 + "\n" } + ["\n"]` is ambiguous.
  @inlinable @discardableResult @_disfavoredOverload
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    if GatheringTime.isMeasured(forValues: buffers.count) {
      return try buffers.gatheredWithStart(skipping: skipped) {
        send($0, begun: $1, to: address, flags: flags, timeout: timeout)
      }.get()
    }
    return try buffers.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends one value, for example a string or an array of bytes, as a list of this value alone.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ value: Segment, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try value.gathered(skipping: skipped) { send($0, to: address, flags: flags, timeout: timeout) }.get()
  }

  /// Sends bytes that are in one place.
  ///
  /// All else is as for a list of this one segment, even if it is empty.
  @available(*, noasync, message: "no async send takes a RawSpan; await send of a list, or block in a synchronous function")
  @discardableResult
  public func send(
    _ bytes: RawSpan, to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try unsafe bytes.withIOVector { unsafe transmit($0, flags: flags, to: address, timeout: timeout) }.get()
  }

  @usableFromInline
  func send(
    _ list: borrowing SegmentList, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    if let parts = list.parts() { return sendParts(parts, begun: .none, to: address, flags: flags, timeout: timeout) }
    return unsafe transmit(list.all, flags: flags, to: address, timeout: timeout).result
  }

  /// The same, if gathering the list began at `begun` and counts towards the time-out.
  @usableFromInline
  func send(
    _ list: borrowing SegmentList, begun: GatheringTime, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    if let parts = list.parts() { return sendParts(parts, begun: begun, to: address, flags: flags, timeout: timeout) }
    return unsafe transmit(list.all, begun: begun, flags: flags, to: address, timeout: timeout).result
  }

  /// Out of line: a list of memory alone has no cost from this code.
  @inline(never)
  private func sendParts(
    _ parts: PartList, begun: GatheringTime, to address: SocketAddress?, flags: SocketFlags, timeout: Duration?
  ) -> Result<Int, SocketError> {
    transmit(parts, begun: begun, flags: flags, to: address, timeout: timeout).result
  }
}
