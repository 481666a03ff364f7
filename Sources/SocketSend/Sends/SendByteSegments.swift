// SPDX-License-Identifier: Apache-2.0

import CSendShim

// Sends of lists that are not `[ArraySegment<UInt8>]`. Gathering is inlined into the caller's module, where the type of the
// segments is known; what follows is the same send as for every list.

// MARK: SocketDescriptor

extension SocketDescriptor {
  /// Sends all segments of `buffers`, of any one type that holds bytes, in order, without copying them together first.
  ///
  /// All is as for ``send(_:flags:timeout:)-([ArraySegment<UInt8>],_,_)``, on a stream and on a datagram. Bytes that a value may
  /// hold inside (a string up to 15 bytes) are copied for the time of the call; all others are sent from where they are.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed. Buffer pointers among them stay good, and their memory as it
  ///     is, until this returns.
  ///   - skipped: The bytes at the start of the list that went before: to resume on a stream, whatever ended the last send
  ///     early. As many as the list holds, or more, leave an empty list. Not negative.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call, whatever the socket's mode and its `SO_SNDTIMEO` say; zero or less never waits.
  /// - Returns: The bytes the kernel accepted, those skipped not counted.
  /// - Throws: ``SocketError``, as ``send(_:flags:timeout:)-([ArraySegment<UInt8>],_,_)`` does; its ``SocketError/bytesSent``
  ///   does not count those skipped.
  ///
  /// The corresponding C functions are `sendv_all` and `sendv_all_within`, and `sendv_seek` for what is skipped.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try buffers.gathered(skipping: skipped) { send($0, flags: flags, timeout: timeout) }.get()
  }

  /// Sends a list that mixes types, as an array literal of several types is. All else is as for the list of one type.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try buffers.gathered(skipping: skipped) { send($0, flags: flags, timeout: timeout) }.get()
  }

  /// Sends bytes that stand in one place. All else is as for a list of this one segment, also where it is empty.
  @available(*, noasync, message: "no async send takes a RawSpan; await send of a list, or block in a synchronous function")
  public func send(
    _ bytes: RawSpan, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    try unsafe bytes.withIOVector { unsafe transmit($0, flags: flags, timeout: timeout) }.get()
  }

  @usableFromInline
  func send(_ list: borrowing SegmentList, flags: SocketFlags, timeout: Duration?) -> Result<Int, SocketError> {
    unsafe transmit(list.all, flags: flags, timeout: timeout).result
  }
}

// MARK: Socket

extension Socket {
  /// Sends all segments of `buffers`, of any one type that holds bytes, in order and in one piece, without copying them
  /// together first.
  ///
  /// All is as for ``send(_:flags:)-([ArraySegment<UInt8>],_)``, on a stream and on a datagram. Bytes that a value may hold
  /// inside (a string up to 15 bytes) are copied for the time of the call; all others are sent from where they are.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed. Buffer pointers among them stay good, and their memory as it
  ///     is, until this returns.
  ///   - skipped: The bytes at the start of the list that went before: to resume on a stream, whatever ended the last send
  ///     early. As many as the list holds, or more, leave an empty list. Not negative.
  ///   - flags: How to send.
  /// - Returns: The bytes the kernel accepted, those skipped not counted.
  /// - Throws: ``SocketError``, as ``send(_:flags:)-([ArraySegment<UInt8>],_)`` does; its ``SocketError/bytesSent`` does not
  ///   count those skipped.
  ///
  /// The corresponding C function is `sendv_all`, with `sendv_seek` for what is skipped.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, flags: SocketFlags = []
  ) throws(SocketError) -> Int {
    try buffers.gathered(skipping: skipped) { send($0, to: nil, flags: flags) }.get()
  }

  /// Sends a list that mixes types, as an array literal of several types is. All else is as for the list of one type.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, flags: SocketFlags = []
  ) throws(SocketError) -> Int {
    try buffers.gathered(skipping: skipped) { send($0, to: nil, flags: flags) }.get()
  }

  /// Sends bytes that stand in one place. All else is as for a list of this one segment, also where it is empty.
  @available(*, noasync, message: "no async send takes a RawSpan; await send of a list, or block in a synchronous function")
  public func send(_ bytes: RawSpan, flags: SocketFlags = []) throws(SocketError) -> Int {
    try unsafe bytes.withIOVector { unsafe transmit($0, flags: flags, to: nil) }.get()
  }

  /// Sends the list as one message to `address`, as ``send(_:to:flags:)-([ArraySegment<UInt8>],_,_)`` does.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], to address: SocketAddress, flags: SocketFlags = []
  ) throws(SocketError) -> Int {
    try buffers.gathered { send($0, to: address, flags: flags) }.get()
  }

  /// Sends a list that mixes types as one message to `address`, as ``send(_:to:flags:)-([ArraySegment<UInt8>],_,_)`` does.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable
  public func send(
    _ buffers: [any ByteSegment], to address: SocketAddress, flags: SocketFlags = []
  ) throws(SocketError) -> Int {
    try buffers.gathered { send($0, to: address, flags: flags) }.get()
  }

  /// Sends bytes that stand in one place as one message to `address`, as ``send(_:to:flags:)-([ArraySegment<UInt8>],_,_)``
  /// does with a list.
  @available(*, noasync, message: "no async send takes a RawSpan; await send of a list, or block in a synchronous function")
  public func send(
    _ bytes: RawSpan, to address: SocketAddress, flags: SocketFlags = []
  ) throws(SocketError) -> Int {
    try unsafe bytes.withIOVector { unsafe transmit($0, flags: flags, to: address) }.get()
  }

  @usableFromInline
  func send(_ list: borrowing SegmentList, to address: SocketAddress?, flags: SocketFlags) -> Result<Int, SocketError> {
    unsafe transmit(list.all, flags: flags, to: address).result
  }
}

// MARK: Lists

extension Array where Element: ByteSegment {
  /// The bytes of all segments, as a send counts them.
  @inlinable
  public var byteCount: Int { gathered { $0.byteCount } }

  /// Calls `body` with what the elements add, without the first `skipped` bytes.
  @inlinable @inline(__always)
  package func gathered<Result>(skipping skipped: Int = 0, _ body: (borrowing SegmentList) -> Result) -> Result {
    let result = SegmentList.gathering(
      parts: count, droppingFirst: skipped,
      { list in
        // Invariant: this array keeps each element as it is until `body` has returned.
        for index in indices { unsafe self[index].addBytes(to: &list) }
      }, body)
    extendLifetime(self)
    return result
  }
}

extension [any ByteSegment] {
  /// The bytes of all segments, as a send counts them.
  @inlinable
  public var byteCount: Int { gathered { $0.byteCount } }

  /// As for elements of one type.
  @inlinable @inline(__always)
  package func gathered<Result>(skipping skipped: Int = 0, _ body: (borrowing SegmentList) -> Result) -> Result {
    let result = SegmentList.gathering(
      parts: count, droppingFirst: skipped,
      { list in
        // Invariant: this array keeps each element as it is until `body` has returned.
        for index in indices { unsafe self[index].addBytes(to: &list) }
      }, body)
    extendLifetime(self)
    return result
  }
}
