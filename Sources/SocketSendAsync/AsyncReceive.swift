// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

extension Socket {
  /// Receives the bytes that have arrived, suspending the task until there are some.
  ///
  /// The socket's mode has no effect.
  ///
  /// On a stream it returns at most 1 MiB, or `count` if that is less; an empty array means the end of the stream. On a datagram or
  /// seqpacket socket it returns one message; bytes of the message beyond `count` are lost. Of two tasks that receive from one
  /// stream, each gets a part of the bytes.
  ///
  /// - Parameters:
  ///   - count: The most bytes to receive. With 0, a stream loses nothing and a message loses all its bytes.
  ///   - timeout: How long to wait for the first byte; zero or less does not wait. Nil is ``/SocketSend/Socket/receiveTimeout``.
  /// - Throws: ``/SocketSend/SocketError``. Nothing was received. Nothing is lost either, except a message for which
  ///   ``/SocketSend/SocketError/Code/messageSize`` is thrown, as by the blocking form.
  ///   ``/SocketSend/SocketError/Code/invalidArgument`` for a negative count. ``/SocketSend/SocketError/Code/timedOut`` with
  ///   ``/SocketSend/SocketError/isOwnTimeout`` once the time passed. ``/SocketSend/SocketError/Code/operationAborted`` with errno
  ///   `ECANCELED` if the task was cancelled. ``/SocketSend/SocketError/Code/closed`` and
  ///   ``/SocketSend/SocketError/Code/connectionAborted`` (``/SocketSend/SocketError/Code/interrupted`` on a message socket) if the
  ///   socket was closed before or meanwhile. ``/SocketSend/SocketError/Code/connectionReset`` if the peer broke the connection.
  ///
  /// The corresponding C function is `recv`, and the .NET member is `Socket.ReceiveAsync`.
  public func receive(upTo count: Int, timeout: Duration? = nil) async throws(SocketError) -> [UInt8] {
    let bytes = try await suspending(for: .data, until: receiveDeadline(within: timeout)) {
      descriptor throws(SocketError) in
      guard count >= 0 else { throw SocketError(errno: EINVAL) }
      return try descriptor.receiveNow(upTo: count, isStream: isStream)
    }
    if bytes.isEmpty, isClosed { throw SocketError(errno: closedMeanwhile) }
    return bytes
  }

  /// Receives bytes into the memory of `buffer`, from its start on, and returns their number: 0 means the end of the stream.
  ///
  /// At most `buffer.count` bytes are received; the rest of the buffer stays as it was. All else is as for ``receive(upTo:timeout:)``.
  ///
  /// With an empty buffer it returns 0: on Linux once something has arrived, on Apple's systems and FreeBSD at once.
  ///
  /// The corresponding C function is `recv`, and the .NET member is `Socket.ReceiveAsync`.
  public func receive(into buffer: inout [UInt8], timeout: Duration? = nil) async throws(SocketError) -> Int {
    let count = try await suspending(for: .data, until: receiveDeadline(within: timeout)) {
      descriptor throws(SocketError) in
      try descriptor.receiveNow(into: &buffer, isStream: isStream)
    }
    if count == 0, isClosed { throw SocketError(errno: closedMeanwhile) }
    return count
  }

  /// Receives one message and the address of its sender, suspending the task until there is one.
  ///
  /// Bytes of the message beyond `count` are lost. On a connected stream it receives as ``receive(upTo:timeout:)`` does, and the address is
  /// the peer's or unnamed.
  ///
  /// - Throws: As ``receive(upTo:timeout:)``.
  ///
  /// The corresponding C function is `recvfrom`, and the .NET member is `Socket.ReceiveFromAsync`.
  public func receiveFrom(
    upTo count: Int, timeout: Duration? = nil
  ) async throws(SocketError) -> (bytes: [UInt8], sender: SocketAddress) {
    let message = try await suspending(for: .data, until: receiveDeadline(within: timeout)) {
      descriptor throws(SocketError) in
      guard count >= 0 else { throw SocketError(errno: EINVAL) }
      return try descriptor.receiveFromNow(upTo: count, isStream: isStream)
    }
    if message.bytes.isEmpty, isClosed { throw SocketError(errno: closedMeanwhile) }
    return message
  }

  private func receiveDeadline(within timeout: Duration?) -> Deadline { Deadline(within: timeout ?? receiveTimeout) }
}
