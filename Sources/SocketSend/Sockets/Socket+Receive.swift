// SPDX-License-Identifier: Apache-2.0

import CSendShim

extension Socket {
  /// How long a receive waits for its first byte or its message.
  ///
  /// Nil, the default, is for ever. With zero or less, a receive never waits.
  ///
  /// Corresponds to .NET's `ReceiveTimeout`. It applies to every receive, blocking or async, that begins later and has no `timeout:`.
  /// In non-blocking mode, a receive that is not async ignores it. It has no effect on `accept`. The time begins when the socket first has
  /// nothing to receive. A receive whose time passed throws ``SocketError/Code/timedOut`` with ``SocketError/isOwnTimeout``: nothing was
  /// received or lost, and the socket is as before.
  public var receiveTimeout: Duration? {
    get {
      let nanoseconds = receiveTimeoutNanoseconds.load(ordering: .relaxed)
      return nanoseconds < 0 ? nil : .nanoseconds(nanoseconds)
    }
    set { receiveTimeoutNanoseconds.store(newValue?.timeoutNanoseconds ?? -1, ordering: .relaxed) }
  }

  /// Receives the bytes that have arrived.
  ///
  /// In blocking mode it waits for the first byte.
  ///
  /// On a stream it returns at most 1 MiB, or `count` if that is less; an empty array means the end of the stream. On a datagram or
  /// seqpacket socket it returns one message; bytes of the message beyond `count` are lost. The call allocates the smaller of `count` and 1
  /// MiB; for a longer message, the message's length, but at most `count`.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `receive`.
  ///
  /// - Parameters:
  ///   - count: The most bytes to receive. With 0, a stream loses nothing and a message loses all its bytes.
  ///   - timeout: How long to wait for the first byte; zero or less does not wait. Nil is ``receiveTimeout``. In non-blocking mode it has
  ///     no effect.
  /// - Throws: ``SocketError``. Nothing was received. Nothing is lost either, except a message for which
  ///   ``SocketError/Code/messageSize`` is thrown. ``SocketError/Code/invalidArgument`` for a negative count.
  ///   ``SocketError/Code/timedOut`` with ``SocketError/isOwnTimeout`` once the time passed; the socket is as before.
  ///   ``SocketError/Code/wouldBlock`` in non-blocking mode if nothing has arrived. ``SocketError/Code/messageSize``, only with a count
  ///   above 1 MiB: another thread took the message that this call had measured, and the next message is longer than that one and than
  ///   1 MiB. The next message is lost.
  ///
  /// The corresponding C function is `recv`, with `poll` where there is a time-out.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func receive(upTo count: Int, timeout: Duration? = nil) throws(SocketError) -> [UInt8] {
    let bytes = try receiving(within: timeout) { number, mayWait throws(SocketError) in
      guard count >= 0 else { throw SocketError(errno: EINVAL) }
      return mayWait
        ? try SystemCalls.receive(number, upTo: count, isStream: isStream)
        : try descriptor.receiveNow(upTo: count, isStream: isStream)
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
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `receive`.
  ///
  /// The corresponding C function is `recv`, with `poll` where there is a time-out; the .NET member is `Socket.Receive`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func receive(into buffer: inout [UInt8], timeout: Duration? = nil) throws(SocketError) -> Int {
    let count = try receiving(within: timeout) { number, mayWait throws(SocketError) in
      mayWait
        ? try SystemCalls.receive(number, into: &buffer, flags: 0)
        : try descriptor.receiveNow(into: &buffer, isStream: isStream)
    }
    if count == 0, isClosed { throw SocketError(errno: closedMeanwhile) }
    return count
  }

  /// Receives one message and the address of its sender, waiting for one in blocking mode.
  ///
  /// Bytes of the message beyond `count` are lost. On a connected stream it receives as ``receive(upTo:timeout:)`` does, and the address is
  /// the peer's or unnamed.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `receiveFrom`.
  ///
  /// - Parameters:
  ///   - count: The most bytes to receive.
  ///   - timeout: How long to wait for a message; zero or less does not wait. Nil is ``receiveTimeout``. In non-blocking mode it has no
  ///     effect.
  /// - Throws: As ``receive(upTo:timeout:)``.
  ///
  /// The corresponding C function is `recvfrom`, with `poll` where there is a time-out; the .NET member is `Socket.ReceiveFrom`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func receiveFrom(
    upTo count: Int, timeout: Duration? = nil
  ) throws(SocketError) -> (bytes: [UInt8], sender: SocketAddress) {
    let message = try receiving(within: timeout) { number, mayWait throws(SocketError) in
      guard count >= 0 else { throw SocketError(errno: EINVAL) }
      return mayWait
        ? try SystemCalls.receiveFrom(number, upTo: count, isStream: isStream, flags: 0)
        : try descriptor.receiveFromNow(upTo: count, isStream: isStream)
    }
    if message.bytes.isEmpty, isClosed { throw SocketError(errno: closedMeanwhile) }
    return message
  }

  /// Runs a receive. Without a time-out the operation may wait itself, in a system call.
  private func receiving<Result>(
    within timeout: Duration?, _ operation: (_ number: CInt, _ mayWait: Bool) throws(SocketError) -> Result
  ) throws(SocketError) -> Result {
    let timeout = timeout ?? receiveTimeout
    return try waiting(for: Platform.data, until: Deadline(within: timeout)) { number throws(SocketError) in
      if timeout != nil || Platform.socketsStayNonblocking { return try operation(number, false) }
      do throws(SocketError) {
        return try operation(number, true)
      } catch {
        if error.errno != EAGAIN { throw error }
        // The socket is in non-blocking mode, or an SO_RCVTIMEO of the descriptor ended the wait although `receiveTimeout` is nil. The form
        // that does not wait also notices that receiving was shut down on a message socket.
        return try operation(number, false)
      }
    }
  }
}
