// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An option of a socket whose value is a number: the platform's level and name.
public struct SocketOption: Hashable, Sendable {
  /// The platform's `SOL_*` or `IPPROTO_*`: whose option it is.
  public let level: CInt
  /// The platform's number for the option at that level: `SO_*`, `TCP_*`, ...
  public let name: CInt

  /// Any option whose value is a C `int`.
  public init(level: CInt, name: CInt) {
    self.level = level
    self.name = name
  }

  /// TCP sends small packets at once instead of waiting for an acknowledgement (`TCP_NODELAY`, 0 or 1).
  public static var noDelay: SocketOption { SocketOption(level: CInt(IPPROTO_TCP), name: TCP_NODELAY) }
  /// The bytes the kernel accepts ahead of the peer (`SO_SNDBUF`). Linux doubles what is set, and has a least value.
  public static var sendBufferSize: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_SNDBUF) }
  /// The bytes the kernel keeps for the reader (`SO_RCVBUF`). Linux doubles what is set, and has a least value.
  public static var receiveBufferSize: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_RCVBUF) }
  /// An address that was in use a moment ago can be bound again (`SO_REUSEADDR`, 0 or 1).
  public static var reuseAddress: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_REUSEADDR) }
  /// Datagrams may go to a broadcast address (`SO_BROADCAST`, 0 or 1).
  public static var broadcast: SocketOption { SocketOption(level: SOL_SOCKET, name: SO_BROADCAST) }
}

extension Socket {
  /// The value of an option. The corresponding C function is `getsockopt`.
  public func option(_ option: SocketOption) throws(SocketError) -> CInt {
    try using { number throws(SocketError) in
      try SystemCalls.option(number, level: option.level, name: option.name)
    }
  }

  /// Sets an option. The corresponding C function is `setsockopt`.
  public func setOption(_ option: SocketOption, to value: CInt) throws(SocketError) {
    try using { number throws(SocketError) in
      try SystemCalls.setOption(number, level: option.level, name: option.name, to: value)
    }
  }

  /// Whether operations wait (true, which it is at first) or do what can be done now: .NET's `Blocking`, and the
  /// opposite of `O_NONBLOCK`. The mode belongs to the open socket, and all descriptors of it share it.
  public var isBlocking: Bool {
    get throws(SocketError) {
      try using { number throws(SocketError) in try !SystemCalls.isNonblocking(number) }
    }
  }

  /// Sets the mode: see ``isBlocking``.
  public func setBlocking(_ isBlocking: Bool) throws(SocketError) {
    try using { number throws(SocketError) in
      try SystemCalls.setNonblocking(number, !isBlocking)
      // An async accept sets the mode again.
      isKeptNonblocking.store(false, ordering: .relaxed)
    }
  }
}
