// SPDX-License-Identifier: Apache-2.0

import CSendShim

extension Socket {
  /// Connects to `address`.
  ///
  /// On a stream, the call makes the connection, and in blocking mode it waits for the connection. On a datagram socket, the call sets the
  /// peer of later sends without waiting, and a later call sets another peer.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `connect`.
  ///
  /// After ``SocketError/Code/inProgress``, ``SocketError/Code/alreadyInProgress`` and ``SocketError/Code/isConnected``, keep the socket.
  /// After any other error, close it and open a new one: after a time-out the system may still be making the connection.
  ///
  /// - Parameters:
  ///   - address: The peer's address.
  ///   - timeout: A total time; nil leaves it to the system, which gives up a TCP connection after minutes. Zero or less does not
  ///     wait. In non-blocking mode it has no effect.
  /// - Throws: ``SocketError/Code/connectionRefused`` and other errors of the system; ``SocketError/Code/timedOut``, with
  ///   ``SocketError/isOwnTimeout`` where `timeout` passed; in non-blocking mode ``SocketError/Code/inProgress`` if the connection is
  ///   not made at once, and ``SocketError/Code/alreadyInProgress`` from a second call meanwhile.
  ///
  /// The corresponding C function is `connect`, with `poll` where there is a time-out.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func connect(to address: SocketAddress, timeout: Duration? = nil) throws(SocketError) {
    try connect(to: address, until: Deadline(within: timeout))
  }

  private func connect(to address: SocketAddress, until deadline: Deadline) throws(SocketError) {
    if kind == .datagram { return try setPeer(address) }
    let waitsInside = deadline.isNever && !Platform.socketsStayNonblocking
    var isUnderWay = false
    try waiting(for: Platform.room, until: deadline) { number throws(SocketError) in
      if isUnderWay { return try descriptor.finishConnecting(to: address) }
      isUnderWay = try !(waitsInside ? connectInside(number, to: address) : beginConnecting(to: address))
      if isUnderWay { throw SocketError(errno: EINPROGRESS) }
    }
  }

  /// Connects, and waits inside the system call. Returns false if the connection is still being made: a signal or an `SO_SNDTIMEO` ended
  /// the wait, or the descriptor is in non-blocking mode.
  private func connectInside(_ number: CInt, to address: SocketAddress) throws(SocketError) -> Bool {
    var isConnected = true
    do throws(SocketError) {
      try SystemCalls.connect(number, to: address)
    } catch {
      if error.errno != EINPROGRESS { throw error }
      isConnected = false
    }
    life.forgetSendShutDown()
    return isConnected
  }

  /// Opens a socket connected to a host: looks the name up and tries its addresses in turn.
  ///
  /// If none accepts, it throws the error of the last one tried.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `connected`.
  ///
  /// - Parameters:
  ///   - host: A name, or a numeric address.
  ///   - port: The peer's port.
  ///   - kind: The kind of socket.
  ///   - timeout: A total time for looking up and connecting; nil leaves it to the system. Each address gets an equal part of the
  ///     time that is left, so an address that does not answer leaves time for the next one. Zero or less does not wait. With a time-out,
  ///     a name is looked up on another thread, where the system's look-up goes on by itself after the time passed.
  /// - Returns: A socket that is connected, in blocking mode.
  /// - Throws: As ``connect(to:timeout:)``, and ``SocketError/Code/hostNotFound``, ``SocketError/Code/tryAgain``, ... for a name without
  ///   an address. The sockets that were tried are closed.
  ///
  /// The corresponding C functions are `getaddrinfo`, `socket` and `connect`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public static func connected(
    toHost host: String, port: UInt16, kind: Kind = .stream, timeout: Duration? = nil
  ) throws(SocketError) -> Socket {
    let deadline = Deadline(within: timeout)
    let addresses = try SocketAddress.lookUp(host: host, port: port, until: deadline)
    var last = SocketError(code: .hostNotFound)
    for (index, address) in addresses.enumerated() {
      do throws(SocketError) {
        let socket = try Socket(address.family, kind)
        try socket.connect(to: address, until: deadline.part(of: addresses.count - index))
        return socket
      } catch {
        last = error
      }
    }
    throw last
  }

  /// Gives the socket an address of its own.
  ///
  /// Port 0 lets the system choose; ``localAddress`` says which. The corresponding C function is `bind`.
  public func bind(to address: SocketAddress) throws(SocketError) {
    try using { number throws(SocketError) in try SystemCalls.bind(number, to: address) }
  }

  /// Lets peers connect to this stream socket; `backlog` connections may wait to be accepted.
  ///
  /// The corresponding C function is `listen`.
  public func listen(backlog: Int32 = 128) throws(SocketError) {
    try using { number throws(SocketError) in
      try SystemCalls.listen(number, backlog: backlog)
      // If `close()` shut the socket down just before this listen, that had no effect, and an accept under way would wait for ever.
      if isClosed { try SystemCalls.shutdown(number, how: Platform.shutdownBoth) }
    }
  }

  /// Takes the next connection, waiting for one in blocking mode.
  ///
  /// A client that left the queue before its turn is skipped.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `accept`.
  ///
  /// The first call with a time-out sets `O_NONBLOCK` on the descriptor, where it stays: see ``isBlocking``. The socket returned is in
  /// blocking mode.
  ///
  /// - Parameter timeout: How long to wait for a connection; nil is for ever, and zero or less does not wait. In non-blocking mode it has
  ///   no effect.
  /// - Throws: ``SocketError/Code/timedOut`` with ``SocketError/isOwnTimeout`` once the time passed: no connection was taken, and the
  ///   socket goes on listening. ``SocketError/Code/wouldBlock`` in non-blocking mode if no connection is in the queue.
  ///   ``SocketError/Code/invalidArgument`` if a stream socket is not listening, and ``SocketError/Code/operationNotSupported`` for a
  ///   datagram socket. ``SocketError/Code/tooManyOpenSockets`` if no descriptor is free; the connection stays in the queue.
  ///
  /// The corresponding C function is `accept`, with `poll` where there is a time-out.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func accept(timeout: Duration? = nil) throws(SocketError) -> Socket {
    try waiting(for: Platform.data, until: Deadline(within: timeout)) { _ throws(SocketError) in
      if timeout != nil { try ensureNonblockingListener() }
      return try acceptNow()
    }
  }

  /// The address of this end.
  ///
  /// The corresponding C function is `getsockname`.
  public var localAddress: SocketAddress {
    get throws(SocketError) {
      try using { number throws(SocketError) in try SystemCalls.localAddress(of: number) }
    }
  }

  /// The address of the peer.
  ///
  /// The corresponding C function is `getpeername`.
  public var peerAddress: SocketAddress {
    get throws(SocketError) {
      try using { number throws(SocketError) in try SystemCalls.peerAddress(of: number) }
    }
  }

  /// The directions of a connection that ``shutdown(_:)`` can end.
  public enum Direction: Hashable, Sendable {
    /// Ends receiving (`SHUT_RD`).
    case receive
    /// Ends sending (`SHUT_WR`).
    case send
    /// Ends both (`SHUT_RDWR`).
    case both

    var platformValue: CInt {
      switch self {
      case .receive: Platform.shutdownReceive
      case .send: Platform.shutdownSend
      case .both: Platform.shutdownBoth
      }
    }
  }

  /// Ends one direction of the connection, or both.
  ///
  /// If this ends sending, the peer reads all that was sent, then the end. Later sends, and sends that wait for room, throw
  /// ``SocketError/Code/shutdown``. The corresponding C function is `shutdown`.
  public func shutdown(_ direction: Direction) throws(SocketError) {
    try using { number throws(SocketError) in
      // Noted before the system call: a `close()` during the call must not abort the connection, since a shutdown promises to deliver what
      // was sent.
      let isNew = direction != .receive && life.noteSendShutDown()
      do throws(SocketError) {
        try SystemCalls.shutdown(number, how: direction.platformValue)
      } catch {
        if isNew { life.forgetSendShutDown() }
        throw error
      }
      endWatchedWaits()
    }
  }
}
