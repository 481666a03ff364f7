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

// The options of TCP sockets. On another socket they are an error.

extension SocketOption where Value == Bool {
  /// TCP sends small packets at once instead of waiting for an acknowledgement (`TCP_NODELAY`).
  ///
  /// Corresponds to .NET's `NoDelay`.
  public static var noDelay: SocketOption { SocketOption(level: Platform.tcpLevel, name: TCP_NODELAY, form: .flag) }
}

extension SocketOption where Value == Duration {
  /// How long a connection is idle before the first probe of ``keepAlive`` (`TCP_KEEPIDLE`; `TCP_KEEPALIVE` on Darwin), in whole seconds,
  /// rounded up.
  ///
  /// Linux takes 1 to 32,767 seconds. Corresponds to .NET's `SocketOptionName.TcpKeepAliveTime`.
  public static var keepAliveIdle: SocketOption {
    SocketOption(level: Platform.tcpLevel, name: Platform.keepAliveIdleOption, form: .seconds)
  }

  /// The time from one probe of ``keepAlive`` to the next (`TCP_KEEPINTVL`), in whole seconds, rounded up.
  ///
  /// Linux takes 1 to 32,767 seconds. Corresponds to .NET's `SocketOptionName.TcpKeepAliveInterval`.
  public static var keepAliveInterval: SocketOption {
    SocketOption(level: Platform.tcpLevel, name: TCP_KEEPINTVL, form: .seconds)
  }

  /// How long sent bytes may stay without acknowledgement, or without room at the peer, before the system gives the connection up
  /// (`TCP_USER_TIMEOUT`), in whole milliseconds, rounded up.
  ///
  /// Zero, the default, leaves the time to the system.
  ///
  /// Only Linux and Android have it: elsewhere setting or reading it throws ``SocketError/Code/protocolOption``.
  ///
  /// When the system gives the connection up, a send under way throws ``SocketError/Code/timedOut``, with ``SocketError/isOwnTimeout``
  /// false.
  public static var userTimeout: SocketOption {
    SocketOption(level: Platform.tcpLevel, name: Platform.userTimeoutOption, form: .milliseconds)
  }
}

extension SocketOption where Value == Int {
  /// How many probes of ``keepAlive`` without an answer end the connection (`TCP_KEEPCNT`).
  ///
  /// Linux takes 1 to 127. Corresponds to .NET's `SocketOptionName.TcpKeepAliveRetryCount`.
  public static var keepAliveCount: SocketOption {
    SocketOption(level: Platform.tcpLevel, name: TCP_KEEPCNT, form: .count)
  }

  /// A send waits while this many bytes or more are accepted and not sent yet (`TCP_NOTSENT_LOWAT`).
  ///
  /// A small value lets a program decide late what it sends next. Zero, the default, leaves the value to the system. FreeBSD has no such
  /// option and throws ``SocketError/Code/protocolOption``.
  public static var notSentLowWater: SocketOption {
    SocketOption(level: Platform.tcpLevel, name: Platform.notSentLowWaterOption, form: .count)
  }
}
