// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

// Each blocking send has an async form, except `sendZeroCopy` and those that take a `RawSpan` or a `SpanList`. A send offers its list once.
// If bytes are left, the list is gathered a second time, into a SendCursor, which is offered again after each wait.

extension Socket {
  /// Sends all segments of `buffers`, in order and in one piece.
  ///
  /// While the socket has no room, the task is suspended and blocks no thread.
  ///
  /// It does what the blocking `send(_:to:flags:timeout:)` does on a blocking socket, whatever the socket's mode. On a stream it returns
  /// once the kernel accepted every byte. On a datagram or seqpacket socket the list is one message, sent whole or not at all.
  /// ``/SocketSend/SocketFlags/doNotWait`` sends what fits now and returns that count. ``/SocketSend/Socket/sendTimeout`` is the
  /// total time, and includes the wait for other sends on this socket. Async and blocking sends take turns on one socket.
  ///
  /// A send that fits makes one system call that sends. A ``/SocketSend/FileRegion`` or a list of more than 1024 segments needs others
  /// too. A longer send lets other tasks run after each system call, which sends at most 1 MiB.
  ///
  /// Cancelling the task ends the send promptly. What the kernel had accepted by then is in
  /// ``/SocketSend/SocketError/bytesSent``, and `buffers.dropFirst(bytes:)` is what is left. If the task is cancelled before the
  /// call, nothing is sent.
  ///
  /// One thread of this module waits for all sends; the task goes on when Swift's concurrency has a free thread. If the program blocks
  /// the threads of Swift's concurrency, then time-outs, cancelling, and sends that wait for their turn are late.
  ///
  /// Linux has no event if only one direction of a Unix stream is shut down, by the peer or by other code that has the socket. This
  /// module checks for it. A send that waits then ends within about 100 ms. If sends wait on more than 250 Unix streams, it ends within
  /// about 0.4 ms times their number.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - address: Where a datagram goes; nil for the peer. On Linux, the socket may be connected to another address; other
  ///     systems then throw ``/SocketSend/SocketError/Code/isConnected``.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call, in place of ``/SocketSend/Socket/sendTimeout``; zero or less never waits.
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``/SocketSend/SocketError``, as the blocking form, with what was sent by then.
  ///   ``/SocketSend/SocketError/Code/operationAborted`` with errno `ECANCELED` if the task was cancelled.
  ///   The system's error if the send has to wait, and the descriptors for waiting cannot be opened. It is
  ///   ``/SocketSend/SocketError/Code/tooManyOpenSockets`` if no descriptor is free. The descriptors are two on Linux and one with kqueue.
  ///   The first async operation that sends or waits opens them for the life of the process.
  ///
  /// The module waits by epoll on Linux, and by kqueue on Apple's systems and FreeBSD. The corresponding C function is `sendv_perform`
  /// with `SENDV_ONE_OFFER`.
  @discardableResult
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let first = firstOffer(buffers, flags: flags, to: address)
    if first.isLast { return try first.get() }
    return try await sendRest(of: buffers, after: first, flags: flags, to: address, until: deadline(within: timeout))
  }

  /// Sends a list of any one type that holds bytes.
  ///
  /// All else is as for the list of slices. The first `skipped` bytes are left out, since an earlier send sent them, and are not counted.
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let early = earlyDeadline(of: buffers.count, within: timeout)
    let first = buffers.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: buffers, skipping: skipped, after: first, flags: flags, to: address, until: early ?? deadline(within: timeout))
  }

  /// Sends a list that mixes types.
  ///
  /// All else is as for the list of one type.
  // Disfavored, as the blocking send is: a list of one type goes to the other form.
  @inlinable @discardableResult @_disfavoredOverload
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let early = earlyDeadline(of: buffers.count, within: timeout)
    let first = buffers.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: buffers, skipping: skipped, after: first, flags: flags, to: address, until: early ?? deadline(within: timeout))
  }

  /// Sends one value, as a list of this value alone.
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ value: Segment, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let first = value.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: [value], skipping: skipped, after: first, flags: flags, to: address, until: deadline(within: timeout))
  }

  /// The deadline of a send whose time begins now.
  @usableFromInline
  func deadline(within timeout: Duration?) -> Deadline {
    if let timeout { return Deadline(within: timeout) }
    return Deadline(in: sendTimeoutNanoseconds.load(ordering: .relaxed))
  }

  /// The deadline of a list of more than 1024 values. The time for gathering such a list counts, because that may take long. Nil for a
  /// shorter list, whose time begins after the first offer.
  @usableFromInline
  func earlyDeadline(of count: Int, within timeout: Duration?) -> Deadline? {
    GatheringTime.isMeasured(forValues: count) ? deadline(within: timeout) : nil
  }

  // Sends what the first offer left. A function of its own, so that a send that ends with its first offer takes no memory for the rest.
  @inlinable @inline(never)
  func sendRest<Segment: ByteSegment>(
    of buffers: [Segment], skipping skipped: Int = 0, after first: FirstOffer, flags: SocketFlags,
    to address: SocketAddress?, until deadline: Deadline
  ) async throws(SocketError) -> Int {
    try await sendCursor(
      SendCursor(buffers, skipping: skipped + first.bytesSent), after: first, flags: flags, to: address, until: deadline)
  }

  @inlinable @inline(never)
  func sendRest(
    of buffers: [any ByteSegment], skipping skipped: Int = 0, after first: FirstOffer, flags: SocketFlags,
    to address: SocketAddress?, until deadline: Deadline
  ) async throws(SocketError) -> Int {
    try await sendCursor(
      SendCursor(buffers, skipping: skipped + first.bytesSent), after: first, flags: flags, to: address, until: deadline)
  }

  @usableFromInline
  func sendCursor(
    _ list: consuming SendCursor, after first: FirstOffer, flags: SocketFlags, to address: SocketAddress?,
    until deadline: Deadline
  ) async throws(SocketError) -> Int {
    let traced = first.state == .notMade ? Traced(list, on: descriptor) : nil
    let outcome = await untraced(list, after: first, flags: flags, to: address, until: deadline)
    traced?.ended(outcome, isDatagram: kind == .datagram)
    return try outcome.get()
  }

  private func untraced(
    _ list: consuming SendCursor, after first: FirstOffer, flags: SocketFlags, to address: SocketAddress?,
    until deadline: Deadline
  ) async -> SendOutcome {
    // A list that was not offered (the send may be traced, or another send had the turn) is checked here. A list that was offered passed
    // this check before; its send has the turn, and has to reach `endTurn`. Such a list counts as 1 segment here: if its values added fewer
    // bytes when it was gathered again, it may have no segment left.
    let flags = flags.checked(for: first.state == .offered ? 1 : list.count)
    if flags < 0 { return failure(-flags) }
    if first.state == .notMade, let refused = await enterTurn(until: deadline, flags: flags) { return refused }
    var outcome = SendOutcome(errno: ECANCELED)
    if first.state == .offered || !Task.isCancelled {
      let progress = SendProgress(
        list, after: first.state == .offered ? first.offer : nil, on: descriptor, flags: flags, to: address,
        until: deadline, socket: self)
      outcome = await SuspendedSend(progress).run()
    }
    endTurn(&outcome)
    return outcome
  }

  /// Takes the turn to send, waiting for it where the send may wait. Returns nil with the turn taken, or the outcome that ends the send.
  private func enterTurn(until deadline: Deadline, flags: CInt) async -> SendOutcome? {
    if Task.isCancelled { return failure(ECANCELED) }
    switch life.takeTurn() {
    case .entered: return nil
    case .closed: return .closed
    case .contended, .timedOut:
      if flags & CInt(MSG_DONTWAIT) != 0 { return SendOutcome(errno: EAGAIN) }
      let errno = await waitForTurn(until: deadline)
      return errno == 0 ? nil : SendOutcome(endOfWait: errno)
    }
  }
}

extension SocketDescriptor {
  /// Sends all segments of `buffers`, in order.
  ///
  /// While the socket has no room, the task is suspended and blocks no thread.
  ///
  /// It does what the blocking `send(_:to:flags:timeout:)` does on a blocking socket, whatever the socket's mode and its
  /// `SO_SNDTIMEO` say. ``/SocketSend/SocketFlags/doNotWait`` sends what fits now and returns that count. Cancelling the task
  /// ends the send promptly, with ``/SocketSend/SocketError/Code/operationAborted`` and errno `ECANCELED`.
  ///
  /// Two sends on one stream at the same time may mix their lists; `Socket` prevents that. The descriptor has to stay open
  /// until the call returns.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - address: Where a datagram goes; nil for the peer.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call; nil for none. Zero or less never waits.
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``/SocketSend/SocketError``, with what was sent by then in ``/SocketSend/SocketError/bytesSent``.
  ///   ``/SocketSend/SocketError/Code/tooManyOpenSockets`` where the send has to wait and the process is short of descriptors, as
  ///   for `Socket`.
  ///
  /// The module waits by epoll on Linux, and by kqueue on Apple's systems and FreeBSD. The corresponding C function is `sendv_perform`
  /// with `SENDV_ONE_OFFER`.
  @discardableResult
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let first = firstOffer(buffers, flags: flags, to: address)
    if first.isLast { return try first.get() }
    return try await sendRest(of: buffers, after: first, flags: flags, to: address, until: deadline(within: timeout))
  }

  /// Sends a list of any one type that holds bytes.
  ///
  /// All else is as for the list of slices. The first `skipped` bytes are left out, since an earlier send sent them, and are not counted.
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let early = earlyDeadline(of: buffers.count, within: timeout)
    let first = buffers.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: buffers, skipping: skipped, after: first, flags: flags, to: address, until: early ?? deadline(within: timeout))
  }

  /// Sends a list that mixes types.
  ///
  /// All else is as for the list of one type.
  // Disfavored, as the blocking send is: a list of one type goes to the other form.
  @inlinable @discardableResult @_disfavoredOverload
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let early = earlyDeadline(of: buffers.count, within: timeout)
    let first = buffers.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: buffers, skipping: skipped, after: first, flags: flags, to: address, until: early ?? deadline(within: timeout))
  }

  /// Sends one value, as a list of this value alone.
  @inlinable @discardableResult
  public func send<Segment: ByteSegment>(
    _ value: Segment, skipping skipped: Int = 0, to address: SocketAddress? = nil, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    let first = value.gathered(skipping: skipped) { firstOffer($0, flags: flags, to: address) }
    if first.isLast { return try first.get() }
    return try await sendRest(
      of: [value], skipping: skipped, after: first, flags: flags, to: address, until: deadline(within: timeout))
  }

  @usableFromInline
  func deadline(within timeout: Duration?) -> Deadline { Deadline(within: timeout) }

  /// The deadline of a list of more than 1024 values, as for a `Socket`; nil for a shorter list.
  @usableFromInline
  func earlyDeadline(of count: Int, within timeout: Duration?) -> Deadline? {
    GatheringTime.isMeasured(forValues: count) ? Deadline(within: timeout) : nil
  }

  // Sends what the first offer left. A function of its own, so that a send that ends with its first offer takes no memory for the rest.
  @inlinable @inline(never)
  func sendRest<Segment: ByteSegment>(
    of buffers: [Segment], skipping skipped: Int = 0, after first: FirstOffer, flags: SocketFlags,
    to address: SocketAddress?, until deadline: Deadline
  ) async throws(SocketError) -> Int {
    try await sendCursor(
      SendCursor(buffers, skipping: skipped + first.bytesSent), after: first, flags: flags, to: address, until: deadline)
  }

  @inlinable @inline(never)
  func sendRest(
    of buffers: [any ByteSegment], skipping skipped: Int = 0, after first: FirstOffer, flags: SocketFlags,
    to address: SocketAddress?, until deadline: Deadline
  ) async throws(SocketError) -> Int {
    try await sendCursor(
      SendCursor(buffers, skipping: skipped + first.bytesSent), after: first, flags: flags, to: address, until: deadline)
  }

  @usableFromInline
  func sendCursor(
    _ list: consuming SendCursor, after first: FirstOffer, flags: SocketFlags, to address: SocketAddress?,
    until deadline: Deadline
  ) async throws(SocketError) -> Int {
    let traced = first.state == .notMade ? Traced(list, on: self) : nil
    let outcome = await untraced(list, after: first, flags: flags, to: address, until: deadline)
    traced?.ended(outcome, isDatagram: kind == .datagram)
    return try outcome.get()
  }

  private func untraced(
    _ list: consuming SendCursor, after first: FirstOffer, flags: SocketFlags, to address: SocketAddress?,
    until deadline: Deadline
  ) async -> SendOutcome {
    let flags = flags.checked(for: first.state == .offered ? 1 : list.count)
    if flags < 0 { return SendOutcome(errno: -flags) }
    if first.state == .notMade, Task.isCancelled { return SendOutcome(errno: ECANCELED) }
    let progress = SendProgress(
      list, after: first.state == .offered ? first.offer : nil, on: self, flags: flags, to: address,
      until: deadline, socket: nil)
    return await SuspendedSend(progress).run()
  }
}

/// The trace of one send.
private struct Traced {
  private let start: ContinuousClock.Instant
  private let descriptor: SocketDescriptor
  private let segments: Int
  private let bytes: Int

  /// Nil if no trace is wanted.
  init?(_ list: borrowing SendCursor, on descriptor: SocketDescriptor) {
    guard mayTrace, let start = traceBegins() else { return nil }
    self.start = start
    self.descriptor = descriptor
    segments = list.count
    bytes = list.bytesLeft
  }

  func ended(_ outcome: SendOutcome, isDatagram: Bool) {
    traceEnds(start, segments: segments, bytes: bytes, on: descriptor, isDatagram: isDatagram, outcome)
  }
}
