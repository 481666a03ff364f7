// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

// Each form of the sends that block has one that suspends, so that in an asynchronous function none of them is taken for the
// other: the list is gathered once, and what is left of it is offered again after each wait.

extension Socket {
  /// Sends all segments of `buffers`, in order and in one piece, suspending the task while the socket has no room: no thread
  /// waits.
  ///
  /// It does what the blocking `send(_:flags:)` does on a blocking socket, whatever the socket's mode: on a stream it returns
  /// once the kernel accepted every byte, on a datagram or seqpacket socket the list is one message, whole or not at all.
  /// ``/SocketSend/SocketFlags/doNotWait`` sends what fits now and returns that count. ``/SocketSend/Socket/sendTimeout`` is the
  /// total time, that spent waiting for other sends on this socket included; async and blocking sends wait for their turn
  /// in one queue.
  ///
  /// Cancelling the task ends the send promptly. What the kernel had accepted by then is in
  /// ``/SocketSend/SocketError/bytesSent``, and `buffers.dropFirst(bytes:)` is what is left. A task cancelled before does not
  /// send where that would have to wait.
  ///
  /// A thread of Dispatch ends each wait; the task goes on when Swift's concurrency has a free thread. If the program blocks those
  /// threads, time-outs and cancelling are late.
  ///
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``/SocketSend/SocketError``, as the blocking form, with what was sent by then;
  ///   ``/SocketSend/SocketError/Code/operationAborted`` with errno `ECANCELED` where the task was cancelled;
  ///   ``/SocketSend/SocketError/Code/tooManyOpenSockets`` if the send has to wait and too few descriptors are free. The first async
  ///   send of a process needs 32 free descriptors and keeps three open. Once it got them, later sends need none.
  ///
  /// The waiting is by Dispatch's write source; the corresponding C function is `sendv_all_within`.
  public func send(_ buffers: [ArraySegment<UInt8>], flags: SocketFlags = []) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(slices: buffers), of: buffers.count, flags: flags, to: nil, keeping: buffers
    ).get()
  }

  /// Sends a list of any one type that holds bytes. All else is as for the list of slices; `skipped` bytes at its start went
  /// before and are not counted.
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(buffers, skipping: skipped), of: buffers.count, flags: flags, to: nil, keeping: buffers
    ).get()
  }

  /// Sends a list that mixes types. All else is as for the list of one type.
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(buffers, skipping: skipped), of: buffers.count, flags: flags, to: nil, keeping: buffers
    ).get()
  }

  /// Sends the list as one message to `address`, as the blocking `send(_:to:flags:)` does, suspending the task while the socket
  /// has no room.
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(buffers, skipping: 0), of: buffers.count, flags: flags, to: address, keeping: buffers
    ).get()
  }

  /// The same for a list of any one type that holds bytes.
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], to address: SocketAddress, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(buffers, skipping: 0), of: buffers.count, flags: flags, to: address, keeping: buffers
    ).get()
  }

  /// The same for a list that mixes types.
  public func send(
    _ buffers: [any ByteSegment], to address: SocketAddress, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: deadline, UnsentList(buffers, skipping: 0), of: buffers.count, flags: flags, to: address, keeping: buffers
    ).get()
  }

  /// When a send that begins now has to end. Read it before the list is gathered: it is the first argument of `transmit`.
  private var deadline: Deadline { Deadline(in: sendTimeoutNanoseconds.load(ordering: .relaxed)) }

  /// Makes the checks in the order of the blocking send, takes the turn and sends. The list was made of `parts` values, which
  /// stay as they are until the list was sent.
  private func transmit<Values>(
    until deadline: Deadline, _ list: consuming UnsentList, of parts: Int, flags: SocketFlags, to address: SocketAddress?,
    keeping values: Values
  ) async -> SendOutcome {
    let traced = Traced(list, on: descriptor)
    let outcome = await untraced(&list, of: parts, flags: flags, to: address, until: deadline)
    extendLifetime(values)
    traced?.ended(outcome, isDatagram: kind == .datagram)
    return outcome
  }

  private func untraced(
    _ list: inout UnsentList, of parts: Int, flags: SocketFlags, to address: SocketAddress?, until deadline: Deadline
  ) async -> SendOutcome {
    guard parts > 0 else { return refusal(EINVAL) }
    guard let flags = flags.platformValue else { return refusal(EOPNOTSUPP) }
    switch life.takeTurn() {
    case .entered: break
    case .closed: return .closed
    case .contended, .timedOut:
      if flags & CInt(MSG_DONTWAIT) != 0 { return SendOutcome(errno: EAGAIN) }
      let errno = await waitForTurn(until: deadline)
      if errno != 0 { return SendOutcome(endOfWait: errno) }
    }
    let send = SuspendingSend(
      descriptor: descriptor, flags: flags, address: address, deadline: deadline, socket: self)
    var outcome = await send.send(&list)
    endTurn(&outcome)
    return outcome
  }
}

extension SocketDescriptor {
  /// Sends all segments of `buffers`, in order, suspending the task while the socket has no room: no thread waits.
  ///
  /// It does what the blocking `send(_:flags:timeout:)` does on a blocking socket, whatever the socket's mode and its
  /// `SO_SNDTIMEO` say. ``/SocketSend/SocketFlags/doNotWait`` sends what fits now and returns that count. Cancelling the task
  /// ends the send promptly, with ``/SocketSend/SocketError/Code/operationAborted`` and errno `ECANCELED`.
  ///
  /// Two sends on one stream at the same time may mix their lists; `Socket` prevents that. The descriptor has to stay open
  /// until the call returns.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call; nil for none. Zero or less never waits.
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``/SocketSend/SocketError``, with what was sent by then in ``/SocketSend/SocketError/bytesSent``.
  ///   ``/SocketSend/SocketError/Code/tooManyOpenSockets`` where the send has to wait and the process is short of descriptors, as
  ///   for `Socket`.
  ///
  /// The waiting is by Dispatch's write source; the corresponding C function is `sendv_all_within`.
  public func send(
    _ buffers: [ArraySegment<UInt8>], flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: Deadline(within: timeout), UnsentList(slices: buffers), of: buffers.count, flags, keeping: buffers
    ).get()
  }

  /// Sends a list of any one type that holds bytes. All else is as for the list of slices; `skipped` bytes at its start went
  /// before and are not counted.
  public func send<Segment: ByteSegment>(
    _ buffers: [Segment], skipping skipped: Int = 0, flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: Deadline(within: timeout), UnsentList(buffers, skipping: skipped), of: buffers.count, flags, keeping: buffers
    ).get()
  }

  /// Sends a list that mixes types. All else is as for the list of one type.
  public func send(
    _ buffers: [any ByteSegment], skipping skipped: Int = 0, flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    try await transmit(
      until: Deadline(within: timeout), UnsentList(buffers, skipping: skipped), of: buffers.count, flags, keeping: buffers
    ).get()
  }

  private func transmit<Values>(
    until deadline: Deadline, _ list: consuming UnsentList, of parts: Int, _ flags: SocketFlags, keeping values: Values
  ) async -> SendOutcome {
    let traced = Traced(list, on: self)
    var outcome = SendOutcome(errno: parts > 0 ? EOPNOTSUPP : EINVAL)
    if parts > 0, let flags = flags.platformValue {
      let send = SuspendingSend(descriptor: self, flags: flags, address: nil, deadline: deadline, socket: nil)
      outcome = await send.send(&list)
    }
    extendLifetime(values)
    traced?.ended(outcome, isDatagram: kind == .datagram)
    return outcome
  }
}

/// A send that somebody traces.
private struct Traced {
  private let start: ContinuousClock.Instant
  private let descriptor: SocketDescriptor
  private let segments: Int
  private let bytes: Int

  /// nil where nobody does.
  init?(_ list: borrowing UnsentList, on descriptor: SocketDescriptor) {
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
