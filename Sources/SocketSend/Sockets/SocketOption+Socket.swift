// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

// The options of every socket, at the level `SOL_SOCKET`.

extension SocketOption where Value == Int {
  /// The size of the send buffer in bytes (`SO_SNDBUF`): how much memory the kernel uses for bytes until they are sent and acknowledged.
  ///
  /// Linux doubles the value that is set, and limits it to a minimum and a maximum. Corresponds to .NET's `SendBufferSize`.
  public static var sendBufferSize: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_SNDBUF, form: .count) }

  /// The bytes that the kernel keeps for the reader (`SO_RCVBUF`).
  ///
  /// Linux doubles the value that is set, and limits it to a minimum and a maximum. Corresponds to .NET's `ReceiveBufferSize`.
  public static var receiveBufferSize: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_RCVBUF, form: .count) }
}

extension SocketOption where Value == Bool {
  /// An address that was in use a moment ago can be bound again (`SO_REUSEADDR`).
  ///
  /// On Unix, .NET's `Bind` sets it for TCP, and .NET's `SocketOptionName.ReuseAddress` is this option and ``reusePort`` together.
  public static var reuseAddress: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR, form: .flag) }

  /// Several sockets can be bound to one address (`SO_REUSEPORT`), if each has this option before it is bound.
  ///
  /// Linux spreads connections and datagrams over them.
  public static var reusePort: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_REUSEPORT, form: .flag) }

  /// Datagrams may go to a broadcast address (`SO_BROADCAST`).
  ///
  /// Corresponds to .NET's `EnableBroadcast`.
  public static var broadcast: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_BROADCAST, form: .flag) }

  /// The system sends probes on a connection without traffic, and ends it if the peer does not answer them (`SO_KEEPALIVE`).
  ///
  /// ``keepAliveIdle``, ``keepAliveInterval`` and ``keepAliveCount`` say when and how often. Corresponds to .NET's
  /// `SocketOptionName.KeepAlive`.
  public static var keepAlive: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_KEEPALIVE, form: .flag) }

  /// Whether the socket listens (`SO_ACCEPTCONN`).
  ///
  /// It can only be read: setting it is ``SocketError/Code/protocolOption``. Corresponds to .NET's `SocketOptionName.AcceptConnection`.
  public static var acceptsConnections: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_ACCEPTCONN, form: .flag) }
}

extension SocketOption where Value == Duration? {
  /// How long closing the socket may take to send what the kernel still holds (`SO_LINGER`), in whole seconds, rounded up.
  ///
  /// With nil, the default, closing returns at once and the system goes on sending. With zero, closing a TCP connection aborts it: the peer
  /// gets a reset. If received bytes were not read, Linux sends a reset whatever this option says.
  ///
  /// A time makes ``Socket/close()`` wait, if bytes are still to be sent. On FreeBSD it does not wait if the socket has `O_NONBLOCK`. On
  /// Apple's systems it never waits, since every ``Socket`` has `O_NONBLOCK` there. Corresponds to .NET's `LingerState`.
  public static var linger: SocketOption { SocketOption(level: SOL_SOCKET, name: Platform.lingerOption, form: .linger) }
}

extension SocketOption where Value == SocketError? {
  /// The error that the socket has to report; nil for none (`SO_ERROR`).
  ///
  /// Reading it clears it. It can only be read: setting it is ``SocketError/Code/protocolOption``. Corresponds to .NET's
  /// `SocketOptionName.Error`.
  public static var error: SocketOption {
    SocketOption(
      level: SOL_SOCKET, name: SO_ERROR,
      form: OptionForm<CInt>.memory.holding(
        encode: { $0?.errno ?? 0 }, decode: { $0 == 0 ? nil : SocketError(errno: $0) }))
  }
}

extension SocketOption where Value == Socket.Kind {
  /// How the socket carries bytes (`SO_TYPE`).
  ///
  /// It can only be read: setting it is ``SocketError/Code/protocolOption``. Corresponds to .NET's `SocketType`.
  public static var kind: SocketOption {
    SocketOption(
      level: SOL_SOCKET, name: SO_TYPE,
      form: OptionForm<CInt>.memory.holding(encode: { $0.rawValue }, decode: { Socket.Kind(rawValue: $0) }))
  }
}
