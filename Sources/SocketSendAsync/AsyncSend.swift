// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

extension Socket {
  /// Sends all segments of `buffers`, in order and in one piece, suspending the task while the socket has no room: no thread
  /// waits.
  ///
  /// It does what the blocking `send(_:flags:)` does on a blocking socket, whatever the socket's mode: on a stream it returns
  /// once the kernel accepted every byte, on a datagram or seqpacket socket the list is one message, whole or not at all.
  /// ``SocketFlags/doNotWait`` sends what fits now and returns that count. ``Socket/sendTimeout`` is the total time, that spent
  /// waiting for other sends on this socket included; sends that suspend and sends that block wait for their turn in one queue.
  ///
  /// Cancelling the task ends the send promptly. What the kernel had accepted by then is in ``SocketError/bytesSent``, and
  /// `buffers.dropFirst(bytes:)` is what is left. A task cancelled before does not send where that would have to wait.
  ///
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``SocketError``, as the blocking form, with what was sent by then; ``SocketError/Code/operationAborted`` with
  ///   errno `ECANCELED` where the task was cancelled.
  ///
  /// The waiting is by Dispatch's write source; the corresponding C function is `sendv_all_within`.
  public func send(_ buffers: [ArraySegment<UInt8>], flags: SocketFlags = []) async throws(SocketError) -> Int {
    try await traced(buffers, on: descriptor, isDatagram: kind == .datagram) {
      await transmit(buffers, flags: flags, to: nil)
    }.get()
  }

  /// Sends the list as one message to `address`, as the blocking `send(_:to:flags:)` does, suspending the task while the socket
  /// has no room.
  public func send(
    _ buffers: [ArraySegment<UInt8>], to address: SocketAddress, flags: SocketFlags = []
  ) async throws(SocketError) -> Int {
    try await traced(buffers, on: descriptor, isDatagram: kind == .datagram) {
      await transmit(buffers, flags: flags, to: address)
    }.get()
  }

  /// The checks in the order of the blocking form, the turn, the send.
  private func transmit(_ buffers: [ArraySegment<UInt8>], flags: SocketFlags, to address: SocketAddress?) async
    -> SendOutcome
  {
    guard !buffers.isEmpty else { return refusal(EINVAL) }
    guard let flags = flags.platformValue else { return refusal(EOPNOTSUPP) }
    let mayWait = flags & CInt(MSG_DONTWAIT) == 0
    let deadline = Deadline(in: sendTimeoutNanoseconds.load(ordering: .relaxed))
    switch life.takeTurn() {
    case .entered: break
    case .closed: return .closed
    case .contended, .timedOut:
      if !mayWait { return SendOutcome(errno: EAGAIN) }
      let errno = await waitForTurn(until: deadline)
      if errno != 0 { return SendOutcome(errno: errno) }
    }
    var outcome = await SuspendingSend(descriptor: descriptor, flags: flags, address: address, deadline: deadline)
      .send(buffers)
    endTurn(&outcome)
    return outcome
  }
}

extension SocketDescriptor {
  /// Sends all segments of `buffers`, in order, suspending the task while the socket has no room: no thread waits.
  ///
  /// It does what the blocking `send(_:flags:timeout:)` does on a blocking socket, whatever the socket's mode and its
  /// `SO_SNDTIMEO` say. ``SocketFlags/doNotWait`` sends what fits now and returns that count. Cancelling the task ends the send
  /// promptly, with ``SocketError/Code/operationAborted`` and errno `ECANCELED`.
  ///
  /// Two sends on one stream at the same time may mix their lists; `Socket` prevents that. The descriptor has to stay open
  /// until the call returns.
  ///
  /// - Parameters:
  ///   - buffers: The segments. At least one, empty ones allowed.
  ///   - flags: How to send.
  ///   - timeout: A total time for this call; nil for none. Zero or less never waits.
  /// - Returns: The bytes the kernel accepted.
  /// - Throws: ``SocketError``, with what was sent by then in ``SocketError/bytesSent``.
  ///
  /// The waiting is by Dispatch's write source; the corresponding C function is `sendv_all_within`.
  public func send(
    _ buffers: [ArraySegment<UInt8>], flags: SocketFlags = [], timeout: Duration? = nil
  ) async throws(SocketError) -> Int {
    try await traced(buffers, on: self, isDatagram: kind == .datagram) { () async -> SendOutcome in
      guard !buffers.isEmpty else { return SendOutcome(errno: EINVAL) }
      guard let flags = flags.platformValue else { return SendOutcome(errno: EOPNOTSUPP) }
      let deadline = Deadline(in: timeout?.timeoutNanoseconds ?? -1)
      return await SuspendingSend(descriptor: self, flags: flags, address: nil, deadline: deadline).send(buffers)
    }.get()
  }
}

/// Runs `send` and tells those who trace what it did.
private func traced(
  _ buffers: [ArraySegment<UInt8>], on descriptor: SocketDescriptor, isDatagram: @autoclosure () -> Bool,
  _ send: () async -> SendOutcome
) async -> SendOutcome {
  guard mayTrace, let start = traceBegins() else { return await send() }
  let outcome = await send()
  traceEnds(start, buffers, on: descriptor, isDatagram: isDatagram(), outcome)
  return outcome
}
