// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

extension Socket {
  /// Connects to `address`, suspending the task until the connection is made.
  ///
  /// On a datagram socket it sets the peer of later sends, and does not wait.
  ///
  /// The socket's mode has no effect, and is as before when this returns. After an error close the socket and open another one: the
  /// system may still be making the connection.
  ///
  /// - Parameters:
  ///   - address: The peer's address.
  ///   - timeout: A total time; nil leaves it to the system, which gives up a TCP connection after minutes. Zero or less does not
  ///     wait.
  /// - Throws: ``/SocketSend/SocketError/Code/connectionRefused`` and other errors of the system.
  ///   ``/SocketSend/SocketError/Code/timedOut``, with ``/SocketSend/SocketError/isOwnTimeout`` where `timeout` passed.
  ///   ``/SocketSend/SocketError/Code/operationAborted`` with errno `ECANCELED` if the task was cancelled.
  ///   ``/SocketSend/SocketError/Code/closed`` if the socket was closed before; ``/SocketSend/SocketError/Code/connectionAborted`` on a
  ///   stream and ``/SocketSend/SocketError/Code/interrupted`` on another socket if it was closed meanwhile.
  ///
  /// The corresponding C function is `connect`, and the .NET member is `Socket.ConnectAsync`.
  public func connect(to address: SocketAddress, timeout: Duration? = nil) async throws(SocketError) {
    try await connect(to: address, until: Deadline(within: timeout))
  }

  private func connect(to address: SocketAddress, until deadline: Deadline) async throws(SocketError) {
    if kind == .datagram {
      if Task.isCancelled { throw SocketError(errno: ECANCELED) }
      return try setPeer(address)
    }
    var isUnderWay = false
    // If the queue of a Unix listener is full, connect returns EAGAIN, and no event reports room in the queue. epoll reports room in
    // this socket at once, so `suspending` pauses between its tries.
    try await suspending(for: .room, until: deadline) { descriptor throws(SocketError) in
      if isUnderWay {
        try descriptor.finishConnecting(to: address)
      } else {
        isUnderWay = try !beginConnecting(to: address)
        if isUnderWay { throw SocketError(errno: EAGAIN) }
      }
    }
  }

  /// Opens a socket connected to a host: looks the name up without blocking a thread of the task pool, then tries the addresses in turn.
  ///
  /// If none accepts, it throws the error of the last one tried.
  ///
  /// - Parameters:
  ///   - host: A name, or a numeric address.
  ///   - port: The peer's port.
  ///   - kind: The kind of socket.
  ///   - timeout: A total time for looking up and connecting; nil leaves it to the system. Each address gets an equal part of the
  ///     time that is left, so an address that does not answer leaves time for the next one.
  /// - Returns: A socket that is connected, in blocking mode.
  /// - Throws: As ``connect(to:timeout:)``, and ``/SocketSend/SocketError/Code/hostNotFound``,
  ///   ``/SocketSend/SocketError/Code/tryAgain``, ... for a name without an address.
  ///
  /// The corresponding C functions are `getaddrinfo`, `socket` and `connect`.
  public static func connected(
    toHost host: String, port: UInt16, kind: Kind = .stream, timeout: Duration? = nil
  ) async throws(SocketError) -> Socket {
    let deadline = Deadline(within: timeout)
    let addresses = try await SocketAddress.lookUp(host: host, port: port, family: nil, until: deadline)
    var last = SocketError(code: .hostNotFound)
    for (index, address) in addresses.enumerated() {
      do throws(SocketError) {
        let socket = try Socket(address.family, kind)
        try await socket.connect(to: address, until: deadline.part(of: addresses.count - index))
        return socket
      } catch {
        last = error
      }
      if Task.isCancelled { break }
    }
    throw last
  }

  /// Takes the next connection, suspending the task until there is one.
  ///
  /// The socket's mode has no effect. A client that left the queue before its turn is skipped.
  ///
  /// The first call sets `O_NONBLOCK` on the descriptor, where it stays: see ``/SocketSend/Socket/isBlocking``. The socket returned is in
  /// blocking mode.
  ///
  /// Call this from one task at a time. Accept fewer connections than the process may have descriptors: Swift's concurrency runs on
  /// Dispatch, which may end the process if no descriptor is free.
  ///
  /// - Parameter timeout: How long to wait for a connection; nil is for ever, and zero or less does not wait.
  /// - Throws: ``/SocketSend/SocketError/Code/timedOut`` with ``/SocketSend/SocketError/isOwnTimeout`` once the time passed: no connection
  ///   was taken, and the socket goes on listening. ``/SocketSend/SocketError/Code/operationAborted`` with errno `ECANCELED` if the task
  ///   was cancelled. ``/SocketSend/SocketError/Code/closed`` if the socket was closed before;
  ///   ``/SocketSend/SocketError/Code/connectionAborted`` on a stream and ``/SocketSend/SocketError/Code/interrupted`` on another socket
  ///   if it was closed meanwhile. ``/SocketSend/SocketError/Code/invalidArgument`` if a stream socket is not listening, and
  ///   ``/SocketSend/SocketError/Code/operationNotSupported`` for a datagram socket.
  ///   ``/SocketSend/SocketError/Code/tooManyOpenSockets`` if no descriptor is free. The new connection stays in the queue: close another
  ///   connection, then call this again.
  ///
  /// The corresponding C function is `accept`, and the .NET member is `Socket.AcceptAsync`.
  public func accept(timeout: Duration? = nil) async throws(SocketError) -> Socket {
    try await suspending(for: .data, until: Deadline(within: timeout)) { _ throws(SocketError) in
      try ensureNonblockingListener()
      return try acceptNow()
    }
  }
}
