// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A list that a program with its own event loop offers to a socket until all of it is sent.
///
/// An offer never waits for room in the socket. If the list has a ``FileRegion``, an offer may wait for a disk.
///
/// An offer sends by at most one system call, drops the accepted bytes from the list, and returns what happened. It throws nothing.
/// It allocates memory only where the C core does, and for a list of more than 32 segments with a ``FileRegion``. If the socket is full,
/// the answer says so, and there is no error:
///
/// ```swift
/// var cursor = SendCursor([header, body])
/// while !cursor.isFinished {
///   let answer = cursor.offer(on: socket)
///   if let error = answer.error { throw error }
///   if answer.wouldBlock { break }  // Offer again when the loop says that the socket has room.
/// }
/// ```
///
/// On a stream, an offer sends up to 1 MiB of what is left. On a datagram or seqpacket socket the list is one message, and an offer
/// sends it whole or not at all.
///
/// A cursor keeps the values of its list until it is destroyed. The memory of buffer pointers among them must stay valid and unchanged
/// until then.
///
/// <doc:YourOwnEventLoop> has a whole loop with epoll, and one for tasks.
///
/// The corresponding C function is `sendv_perform` with `SENDV_ONE_OFFER`; `sendv_seek` finds where the rest begins.
//
// Invariant: the vectors are in `room` or in memory that `list` owns. A vector that is not a region of a file points into `values` or into
// bytes that `list` owns. The vectors from `first` on are still to be sent, with `bytesLeft` bytes in them.
@safe public struct SendCursor: ~Copyable {
  private let room: UnsafeMutableBufferPointer<iovec>
  private var list: SegmentList
  private var first = 0
  private let values: Any
  /// The bytes that are left to send.
  ///
  /// `Int.max` if the list has more bytes than an `Int` can hold: no offer sends such a list.
  public private(set) var bytesLeft: Int
  /// Whether nothing is left to offer.
  ///
  /// False for a list without bytes until an offer succeeds, because on a datagram socket such a list is an empty message. False too if
  /// `skipping:` left no segment: each offer of such a cursor fails.
  public private(set) var isFinished = false

  /// Gathers the `valueCount` values that `add` adds, without the first `skipped` bytes. `values` owns what `add` adds.
  @usableFromInline
  init(valueCount: Int, skipping skipped: Int, keeping values: Any, _ add: (inout SegmentList) -> Void) {
    unsafe room = .allocate(capacity: max(1, valueCount))
    list = unsafe SegmentList(room: room, valueCount: valueCount)
    self.values = values
    add(&list)
    list.finish(valueCount: valueCount, droppingFirst: skipped)
    let (sum, overflows) = unsafe list.all.countBytes()
    bytesLeft = overflows ? .max : sum
  }

  deinit { unsafe room.deallocate() }

  /// The segments that are left.
  package var count: Int { list.count - first }

  /// Whether regions of files are among the segments.
  package var hasFiles: Bool { list.hasFiles }
}

// MARK: Lists

extension SendCursor {
  /// A cursor over a list of any one type that holds bytes.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed; the answer to an offer of no segments has the error
  ///     ``SocketError/Code/invalidArgument``.
  ///   - skipped: How many bytes at the start of the list to leave out, since an earlier send sent them. Not negative. If it leaves out
  ///     the whole list, the answer to each offer has the error ``SocketError/Code/invalidArgument``.
  @inlinable
  public init<Segment: ByteSegment>(_ buffers: [Segment], skipping skipped: Int = 0) {
    self.init(valueCount: buffers.count, skipping: skipped, keeping: buffers) { list in
      // Invariant: the cursor keeps the array.
      for index in buffers.indices { unsafe buffers[index].addBytes(to: &list) }
    }
  }

  /// A cursor over a list that mixes types.
  // Disfavored, as the blocking send is: a list of one type goes to the other form.
  @inlinable @_disfavoredOverload
  public init(_ buffers: [any ByteSegment], skipping skipped: Int = 0) {
    self.init(valueCount: buffers.count, skipping: skipped, keeping: buffers) { list in
      // Invariant: the cursor keeps the array.
      for index in buffers.indices { unsafe buffers[index].addBytes(to: &list) }
    }
  }

  /// A cursor over one value, which is the same as a cursor over a list of this value alone.
  @inlinable
  public init(_ value: some ByteSegment, skipping skipped: Int = 0) {
    self.init([value], skipping: skipped)
  }
}

// MARK: Offers

extension SendCursor {
  /// The result of an offer.
  public struct Answer: Hashable, Sendable {
    /// The bytes that this offer sent.
    public var bytesSent: Int
    /// The bytes of the list that are left.
    public var bytesLeft: Int
    /// Whether the socket has no more room now, is still being connected, or another send on the `Socket` has the turn.
    ///
    /// It is also true if no UDP port is free.
    public var wouldBlock: Bool
    /// Why the offer failed.
    ///
    /// Nil if the socket took the offer, or if ``wouldBlock`` is true. The cursor keeps what was not sent.
    public var error: SocketError?

    /// An answer with these values.
    public init(bytesSent: Int, bytesLeft: Int, wouldBlock: Bool = false, error: SocketError? = nil) {
      self.bytesSent = bytesSent
      self.bytesLeft = bytesLeft
      self.wouldBlock = wouldBlock
      self.error = error
    }
  }

  /// Offers what is left to a socket that another part of the program owns.
  ///
  /// - Parameters:
  ///   - descriptor: A socket in any mode.
  ///   - address: Where a datagram goes; nil for the peer.
  ///   - flags: How to send.
  /// - Returns: What was sent, what is left, and why bytes are left. If ``isFinished`` is true, no system call is made.
  public mutating func offer(
    on descriptor: SocketDescriptor, to address: SocketAddress? = nil, flags: SocketFlags = []
  ) -> Answer {
    answer(flags) { cursor, flags in cursor.offerOnce(on: descriptor, flags: flags, to: address).outcome }
  }

  /// Offers what is left to a `Socket`.
  ///
  /// Each offer takes the turn to send and gives it back. So if two cursors are offered to one stream alternately, their lists mix.
  ///
  /// All else is as for a ``SocketDescriptor``. After ``Socket/close()`` the error is ``SocketError/Code/closed``.
  public mutating func offer(
    on socket: Socket, to address: SocketAddress? = nil, flags: SocketFlags = []
  ) -> Answer {
    answer(flags, of: socket) { cursor, flags in
      switch socket.life.takeTurn() {
      case .entered: break
      case .closed: return .closed
      case .contended, .timedOut: return SendOutcome(errno: EAGAIN)
      }
      var outcome = cursor.offerOnce(on: socket.descriptor, of: socket, flags: flags, to: address).outcome
      socket.endTurn(&outcome)
      return outcome
    }
  }

  @inline(__always)
  private mutating func answer(
    _ flags: SocketFlags, of socket: Socket? = nil, _ offer: (inout SendCursor, CInt) -> SendOutcome
  ) -> Answer {
    if isFinished { return Answer(bytesSent: 0, bytesLeft: 0) }
    let flags = flags.checked(for: count)
    if flags < 0 { return failure(-flags, of: socket) }  // a negative errno
    let outcome = offer(&self, flags)
    let wouldBlock = outcome.errno == EAGAIN || outcome.errno == EINPROGRESS
    return Answer(
      bytesSent: outcome.bytesSent, bytesLeft: bytesLeft, wouldBlock: wouldBlock, error: wouldBlock ? nil : outcome.error)
  }

  private func failure(_ errno: CInt, of socket: Socket?) -> Answer {
    let outcome = socket?.failure(errno) ?? SendOutcome(errno: errno)
    return Answer(bytesSent: 0, bytesLeft: bytesLeft, error: outcome.error)
  }

  /// Makes one offer, which does not wait, then takes off what was sent. `flags` are the platform's. The list is not empty.
  package mutating func offerOnce(on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?) -> Offer {
    let offer = offerRest(on: descriptor, flags: flags, to: address)
    drop(bytes: offer.outcome.bytesSent)
    isFinished = offer.outcome.errno == 0 && bytesLeft == 0
    return offer
  }

  /// The same for a send that has the turn on `socket`. If the list has files, a stream is in non-blocking mode during the offer, so that
  /// sendfile does not wait. If `socket` is nil, the descriptor is a user's own, and its mode stays.
  package mutating func offerOnce(
    on descriptor: SocketDescriptor, of socket: Socket?, flags: CInt, to address: SocketAddress?
  ) -> Offer {
    guard hasFiles, let socket else { return offerOnce(on: descriptor, flags: flags, to: address) }
    return socket.whileNonblocking { _ in offerOnce(on: descriptor, flags: flags, to: address) }
  }

  private func offerRest(on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?) -> Offer {
    if let parts = list.parts(from: first) { return gatheredOffer(parts, on: descriptor, flags: flags, to: address) }
    // Invariant: `first` is at most `list.count`.
    let rest = unsafe CountedVectors(
      vectors: UnsafeBufferPointer(start: list.vectors + first, count: count), byteCount: bytesLeft)
    return gatheredOffer(rest, on: descriptor, flags: flags, to: address)
  }

  /// Takes off the first `bytes` bytes, which were sent.
  private mutating func drop(bytes: Int) {
    if bytes == 0 { return }
    var offset = 0
    // Invariant: `first` is at most `list.count`. If sendv_seek finds bytes left, the vector it names is in the list.
    first += unsafe sendv_seek(list.vectors + first, count, bytes, &offset)
    if offset > 0 { unsafe list.vectors[first].drop(first: offset) }
    bytesLeft -= bytes
  }
}
