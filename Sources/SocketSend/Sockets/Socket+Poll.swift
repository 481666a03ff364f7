// SPDX-License-Identifier: Apache-2.0

import CSendShim

extension Socket {
  /// What ``poll(for:timeout:)`` waits for.
  public enum Event: Hashable, Sendable {
    /// Bytes, a message, a connection to accept, the end of the stream, or an error: a receive or an accept would not wait.
    ///
    /// Corresponds to .NET's `SelectRead`.
    case data
    /// Room for at least one byte, a connection that was made or has failed, or an error.
    ///
    /// Corresponds to .NET's `SelectWrite`.
    case room
    /// An error that the socket has to report, or an urgent byte of TCP.
    ///
    /// Corresponds to .NET's `SelectError`.
    case error

    fileprivate var asked: CInt {
      switch self {
      case .data: Platform.data
      case .room: Platform.room
      case .error: Platform.urgent
      }
    }

    /// Which answers of poll mean this event.
    fileprivate var meant: CInt {
      switch self {
      case .data, .room: asked | Platform.failed | Platform.hungUp
      case .error: Platform.urgent | Platform.failed
      }
    }
  }

  /// Waits until an event occurs, without receiving or sending anything.
  ///
  /// The socket's mode has no effect: this call waits in non-blocking mode too. Another thread may take the reported bytes or room first:
  /// use non-blocking mode, or a time-out, if the next operation must not wait.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: await an operation of `SocketSendAsync` there.
  ///
  /// - Parameters:
  ///   - event: What to wait for.
  ///   - timeout: How long to wait; nil is for ever, and zero or less does not wait.
  /// - Returns: Whether the event occurred. False once the time passed; with ``Event/error`` also if both directions have ended
  ///   without an error, since neither an error nor an urgent byte can come then.
  /// - Throws: ``SocketError/Code/closed`` if the socket was closed before; ``SocketError/Code/connectionAborted`` on a stream and
  ///   ``SocketError/Code/interrupted`` on another socket if it was closed meanwhile. ``SocketError/Code/notSocket`` if the socket
  ///   adopted a descriptor that is not a socket, and ``SocketError/Code/operationAborted`` if the descriptor is not open.
  ///
  /// The corresponding C function is `poll`, and the .NET member is `Poll`.
  @available(*, noasync, message: "await an operation of SocketSendAsync, or block in a synchronous function")
  public func poll(for event: Event, timeout: Duration? = nil) throws(SocketError) -> Bool {
    let deadline = Deadline(within: timeout)
    return try using { number throws(SocketError) in
      // If this is no socket, reading an option throws the reason. poll ignores a negative number, and `close()` ends no wait on a pipe.
      if kind == nil { _ = try SocketOption.kind.value(of: number) }
      while true {
        let answer = try Self.answer(number, for: event, until: deadline)
        if isClosed { throw SocketError(errno: closedMeanwhile) }
        if answer & Platform.notOpen != 0 { throw SocketError(errno: EBADF) }
        if answer != 0 || deadline.nanosecondsLeft == 0 { return answer & event.meant != 0 }
      }
    }
  }

  /// What poll answers; 0 after a signal too.
  private static func answer(_ number: CInt, for event: Event, until deadline: Deadline) throws(SocketError) -> CInt {
    do throws(SocketError) {
      let time = BlockingWait.pollTime(left: deadline.millisecondsLeft)
      return try SystemCalls.poll(number, for: event.asked, milliseconds: time)
    } catch {
      guard error.errno == EINTR else { throw error }
      return 0
    }
  }
}
