// SPDX-License-Identifier: Apache-2.0

import CSendShim

extension Socket {
  /// Connects to `address`. On a stream that makes the connection, waiting for it in blocking mode; on a datagram socket it
  /// sets the peer that sends go to, and a later call sets another.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `connect`.
  ///
  /// - Throws: ``SocketError/Code/connectionRefused``, ``SocketError/Code/timedOut``, ...; in non-blocking mode
  ///   ``SocketError/Code/inProgress`` while the connection is being made.
  ///
  /// The corresponding C function is `connect`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func connect(to address: SocketAddress) throws(SocketError) {
    try using { number throws(SocketError) in try SystemCalls.establish(number, to: address) }
  }

  /// Opens a socket connected to a host: tries its addresses in turn and throws what the last one answered.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `connected`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public static func connected(
    toHost host: String, port: UInt16, kind: Kind = .stream
  ) throws(SocketError) -> Socket {
    var last = SocketError(code: .hostNotFound)
    for address in try SocketAddress.lookUp(host: host, port: port) {
      do throws(SocketError) {
        let socket = try Socket(address.family, kind)
        try socket.connect(to: address)
        return socket
      } catch {
        last = error
      }
    }
    throw last
  }

  /// Gives the socket an address of its own. Port 0 lets the system choose; ``localAddress`` says which. The corresponding
  /// C function is `bind`.
  public func bind(to address: SocketAddress) throws(SocketError) {
    try using { number throws(SocketError) in try SystemCalls.name(number, as: address) }
  }

  /// Lets peers connect to this stream socket; `backlog` connections may wait to be accepted. The corresponding C function
  /// is `listen`.
  public func listen(backlog: Int32 = 128) throws(SocketError) {
    try using { number throws(SocketError) in
      try SystemCalls.startListening(number, backlog: backlog)
      // A close whose shutdown came just before had nothing to end yet, and an accept under way would wait for ever.
      if isClosed { try SystemCalls.end(number, how: Platform.shutdownBoth) }
    }
  }

  /// Takes the next connection, waiting for one in blocking mode. The corresponding C function is `accept`.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `accept`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func accept() throws(SocketError) -> Socket {
    try using { number throws(SocketError) in
      Socket(adopting: SocketDescriptor(rawValue: try SystemCalls.acceptConnection(number)))
    }
  }

  /// The address of this end. The corresponding C function is `getsockname`.
  public var localAddress: SocketAddress {
    get throws(SocketError) {
      try using { number throws(SocketError) in try SystemCalls.localAddress(of: number) }
    }
  }

  /// The address of the peer. The corresponding C function is `getpeername`.
  public var peerAddress: SocketAddress {
    get throws(SocketError) {
      try using { number throws(SocketError) in try SystemCalls.peerAddress(of: number) }
    }
  }

  /// Which direction to shut down.
  public enum Direction: Hashable, Sendable {
    /// Nothing more is to be received (`SHUT_RD`).
    case receive
    /// Nothing more is to be sent (`SHUT_WR`).
    case send
    /// Neither (`SHUT_RDWR`).
    case both

    var platformValue: CInt {
      switch self {
      case .receive: Platform.shutdownReceive
      case .send: Platform.shutdownSend
      case .both: Platform.shutdownBoth
      }
    }
  }

  /// Ends one direction of the connection, or both, in order: the peer reads all that was sent, then the end. A send after
  /// it throws ``SocketError/Code/shutdown``, and so does one that waits for room. The corresponding C function is
  /// `shutdown`.
  public func shutdown(_ direction: Direction) throws(SocketError) {
    try using { number throws(SocketError) in
      // Before the call: a close that meets it must not abort what it promised to deliver.
      if direction != .receive { life.noteSendShutDown() }
      try SystemCalls.end(number, how: direction.platformValue)
      endWatchedWaits()
    }
  }

  /// Receives the bytes that have arrived. In blocking mode it waits for the first byte.
  ///
  /// On a stream it returns at most 1 MiB, or `count` if that is less; an empty array means the end of the stream. On a datagram or
  /// seqpacket socket it returns one message; bytes of the message beyond `count` are lost. The memory is the smaller of `count`
  /// and 1 MiB, or the length of a longer message.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `receive`.
  ///
  /// - Parameter count: The most bytes to receive. With 0, a stream loses nothing and a message loses all its bytes.
  /// - Throws: ``SocketError/Code/invalidArgument`` for a negative count; nothing is received. ``SocketError/Code/wouldBlock`` in
  ///   non-blocking mode if nothing has arrived. ``SocketError/Code/messageSize`` if another thread took the message and the next
  ///   one is longer than 1 MiB and than the message taken; the message is lost.
  ///
  /// The corresponding C function is `recv`.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public func receive(upTo count: Int) throws(SocketError) -> [UInt8] {
    try using { number throws(SocketError) in
      guard count >= 0 else { throw SocketError(errno: EINVAL) }
      let bytes = try SystemCalls.receive(number, upTo: count, isStream: isStream)
      if bytes.isEmpty, count > 0, isClosed { throw SocketError(errno: closedMeanwhile) }
      return bytes
    }
  }
}
