// SPDX-License-Identifier: Apache-2.0

extension Socket {
  /// The bytes that can be received at once.
  ///
  /// On a stream, this is the number of bytes that have arrived. On a UDP or Unix datagram socket of Linux and Android, it is the length
  /// of the next message, and 0 if there is no message or an empty one. On a Unix seqpacket socket, it is the bytes of all messages
  /// together. On Apple's systems and FreeBSD, a datagram socket counts all queued messages and their senders' addresses. At the end of a
  /// stream it is 0, as it is when no byte has arrived. To tell these two cases apart, use a receive or ``poll(for:timeout:)``.
  ///
  /// - Throws: On Linux and Android, ``SocketError/Code/invalidArgument`` if the socket listens. ``SocketError/Code/closed`` if it was
  ///   closed.
  ///
  /// The corresponding C call is `ioctl` with `FIONREAD`, and the .NET member is `Available`.
  public var available: Int {
    get throws(SocketError) {
      try using { number throws(SocketError) in try SystemCalls.bytesToReceive(number) }
    }
  }
}
