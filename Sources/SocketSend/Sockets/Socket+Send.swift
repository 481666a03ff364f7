// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Dispatch

extension Socket {
  /// Sends all segments of `buffers`, in order and in one piece; the program need not join them first.
  ///
  /// Corresponds to .NET's `Send(IList<ArraySegment<byte>>, SocketFlags)`.
  ///
  /// On a blocking stream it returns once the kernel accepted every byte. In non-blocking mode, or with ``SocketFlags/doNotWait``, it sends
  /// what fits now and returns that count. On a datagram or seqpacket socket the list is one message, however many segments it has, and
  /// goes whole or not at all. A list that has only empty segments sends 0 bytes on a stream and one empty message otherwise.
  ///
  /// Asynchronous code cannot call it, as it blocks the thread: import `SocketSendAsync` there and await its `send`.
  ///
  /// Success means that the kernel accepted the bytes, not that they arrived. TCP may hold a small packet back until an
  /// earlier one is acknowledged (Nagle); ``SocketOption/noDelay`` makes it send at once.
  ///
  /// If another send on this socket is under way, a send waits for its turn. That time counts towards ``sendTimeout``. When a send
  /// ends, the send at the head of the queue tries to take the turn. A send that begins just then may take it first. Once the send at the
  /// head of the queue has waited for a millisecond, it gets the next turn. In non-blocking mode or with ``SocketFlags/doNotWait``, a send
  /// without `timeout:` throws ``SocketError/Code/wouldBlock`` instead of waiting. With a time-out of zero, a send throws
  /// ``SocketError/Code/timedOut``.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - address: Where a datagram goes: .NET's `SendTo`. nil for the peer. On Linux, the socket may be connected to another address;
  ///     other systems then throw ``SocketError/Code/isConnected``. A connected stream throws ``SocketError/Code/isConnected`` or
  ///     ignores it, as the system does.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call, in place of ``sendTimeout`` and in any mode. Zero or less never waits. With nil,
  ///     ``sendTimeout`` and the socket's mode decide.
  /// - Returns: The bytes the kernel accepted: all of them, except in non-blocking mode or with ``SocketFlags/doNotWait``.
  /// - Throws: ``SocketError``, with what was sent by then in ``SocketError/bytesSent``. ``SocketError/Code/closed`` if the
  ///   socket was closed before; see ``close()`` for a socket that is closed meanwhile. ``SocketError/Code/invalidArgument`` if the
  ///   list is empty. ``SocketError/Code/timedOut`` if the time-out passed, or is zero and not every byte fits at once.
  ///   ``SocketError/Code/wouldBlock`` if no byte fits and non-blocking mode or ``SocketFlags/doNotWait`` forbids a wait, or if no local
  ///   UDP port is free. ``SocketError/Code/messageSize`` if the message is longer than the socket takes.
  ///
  /// The corresponding C function is `sendv_perform`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  @inlinable @discardableResult
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress? = nil, flags: SocketFlags = [], timeout: Duration? = nil
  ) throws(SocketError) -> Int {
    // Decided in the caller's module, where both are known to be nil in most calls: 10 instructions fewer a send.
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

  /// The total time for one send.
  ///
  /// Nil, the default, is no time-out. With zero or less, a send never waits, and `sendZeroCopy` throws.
  ///
  /// Corresponds to .NET's `SendTimeout`, but is a total: neither a reader that takes a little now and then nor signals make it start
  /// again. In non-blocking mode, a `send` that is not async ignores it. It applies to sends that begin after it was set. The time begins
  /// when the send waits for its turn, or else when the socket first takes less than it was offered. It begins earlier for some sends. A
  /// blocking send of more than 1024 values that are not `ArraySegment` begins it before its gathering. Any other blocking send that has a
  /// ``FileRegion`` or may take several system calls begins it before the first offer. `sendZeroCopy` begins it after its gathering. An
  /// async send begins it after the first offer at the latest.
  public var sendTimeout: Duration? {
    get {
      let nanoseconds = sendTimeoutNanoseconds.load(ordering: .relaxed)
      return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }
    set { sendTimeoutNanoseconds.store(newValue?.timeoutNanoseconds ?? -1, ordering: .relaxed) }
  }
}

// MARK: The send itself

extension Socket {
  @inline(__always)
  func transmit(
    _ buffers: some IOVectorList, begun: GatheringTime = .none, flags: SocketFlags, to address: SocketAddress?,
    timeout: Duration?
  ) -> SendOutcome {
    let total = sendTimeoutNanoseconds.load(ordering: .relaxed)
    var wait = timeout.map { SendWait.within($0) } ?? .ifBlocking(nanoseconds: total)
    if begun.wasMeasured { wait.shorten(by: begun.nanoseconds) }
    return transmit(buffers, flags: flags, to: address, wait: wait)
  }

  @inline(__always)
  private func transmit(
    _ buffers: some IOVectorList, flags: SocketFlags, to address: SocketAddress?, wait: SendWait
  ) -> SendOutcome {
    if mayTrace {
      return traced(buffers, on: descriptor, isDatagram: kind == .datagram) {
        untraced(buffers, flags: flags, to: address, wait: wait)
      }
    }
    return untraced(buffers, flags: flags, to: address, wait: wait)
  }

  /// Checks in .NET's order (closed, list, flags; see `failure`), takes the turn, sends, and leaves.
  @inline(__always)
  private func untraced(
    _ buffers: some IOVectorList, flags: SocketFlags, to address: SocketAddress?, wait: SendWait
  ) -> SendOutcome {
    let flags = flags.checked(for: buffers.count)
    if flags < 0 { return failure(-flags) }
    switch life.takeTurn() {
    case .entered: return sendInTurn(buffers, flags: flags, to: address, wait: wait)
    case .closed: return .closed
    case .contended, .timedOut: return sendAfterOthers(buffers, flags: flags, to: address, wait: wait)
    }
  }

  @inline(__always)
  private func sendInTurn<List: IOVectorList>(
    _ buffers: List, flags: CInt, to address: SocketAddress?, wait: SendWait
  ) -> SendOutcome {
    let wait = waitInCore(wait, flags: flags)
    var outcome =
      List.hasFiles
      ? sendFiles(buffers, flags: flags, to: address, wait: wait)
      : gatheredSend(buffers, on: descriptor, flags: flags, to: address, wait: wait, endedBy: self)
    endTurn(&outcome)
    return outcome
  }

  /// Not inlined, so that a send that need not wait for its turn has no cost from this code.
  @inline(never)
  private func sendAfterOthers(
    _ buffers: some IOVectorList, flags: CInt, to address: SocketAddress?, wait: SendWait
  ) -> SendOutcome {
    switch waitForTurn(flags: flags, wait) {
    case .taken(let wait): sendInTurn(buffers, flags: flags, to: address, wait: wait)
    case .refused(let outcome): outcome
    }
  }

  /// Leaves the turn; the last operation of a closed socket closes the descriptor.
  @inline(__always)
  package func endTurn(_ outcome: inout SendOutcome) {
    if outcome.errno != 0, life.isClosed { outcome.errno = errnoWhenClosed(outcome.errno) }
    if life.leaveTurn() { closeDescriptor() }
  }

  /// The answer to a bad argument, except that a closed socket says so first.
  @inline(never)
  package func failure(_ errno: CInt) -> SendOutcome {
    life.isClosed ? .closed : SendOutcome(errno: errno)
  }

  enum TurnAnswer {
    /// The send has the turn, and may wait for the rest of its time.
    case taken(SendWait)
    case refused(SendOutcome)
  }

  /// Waits for the turn to send, if this send may wait for it.
  func waitForTurn(flags: CInt, _ wait: SendWait) -> TurnAnswer {
    if mayNotWait(flags: flags, wait) { return .refused(SendOutcome(errno: EAGAIN)) }
    let start = monotonicNanoseconds()
    switch life.waitForTurn(until: Deadline(in: wait.nanoseconds).dispatchTime) {
    case .entered:
      var wait = wait
      wait.shorten(by: Int64(monotonicNanoseconds() - start))
      return .taken(wait)
    case .closed: return .refused(SendOutcome(errno: closedMeanwhile))
    case .contended, .timedOut: return .refused(SendOutcome(endOfWait: ETIMEDOUT))
    }
  }

  /// Whether the send may not wait for its turn. The `timeout:` of a call takes precedence over the flags and the socket's mode.
  private func mayNotWait(flags: CInt, _ wait: SendWait) -> Bool {
    if wait.isForAnyMode { return false }
    return flags & CInt(MSG_DONTWAIT) != 0 || (try? isBlocking) == false
  }
}
