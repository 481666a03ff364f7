// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What the C libraries call differently, and the functions whose names this module's own members hide.
///
/// Swift 6.3.1 loses a C constant that one file takes from the C library and another from `CSendShim` ("cannot find 'MSG_DONTWAIT'"),
/// depending on the order of the files. So the constants here are used in no file that imports `CSendShim`.
enum Platform {
  static var peek: CInt { CInt(MSG_PEEK) }
  /// recv returns the length of the message, also where it is longer than the room.
  static var wholeLength: CInt { CInt(MSG_TRUNC) }
  /// What poll reports of a socket that has room, or whose connection is made.
  static var room: CInt { CInt(POLLOUT) }
  /// What poll reports of a socket with bytes, with a connection to accept, or at the end of the stream.
  static var data: CInt { CInt(POLLIN) }
  /// What poll reports of a TCP socket with an urgent byte.
  static var urgent: CInt { CInt(POLLPRI) }
  /// What poll reports of a socket with an error, without being asked.
  static var failed: CInt { CInt(POLLERR) }
  /// What poll reports of a socket whose both directions have ended, without being asked.
  static var hungUp: CInt { CInt(POLLHUP) }
  /// What poll reports of a descriptor that is not open, without being asked.
  static var notOpen: CInt { CInt(POLLNVAL) }
  #if canImport(Darwin) || os(FreeBSD)
    /// FIONREAD, the number of an ioctl. It is made by a macro that Swift does not see: `_IOR('f', 127, int)`.
    static var bytesToReceive: UInt { 0x4004_667F }
  #else
    /// FIONREAD, the number of an ioctl.
    static var bytesToReceive: UInt { UInt(FIONREAD) }
  #endif
  /// What poll reports of a socket whose receiving was shut down: POLLRDHUP, which glibc shows to GNU programs only.
  static var receiveHasEnded: CInt { 0x2000 }

  static var tcpLevel: CInt { CInt(IPPROTO_TCP) }
  static var ipv4Level: CInt { CInt(IPPROTO_IP) }
  static var ipv6Level: CInt { CInt(IPPROTO_IPV6) }
  static var keepAliveIdleOption: CInt { TCP_KEEPIDLE }
  static var userTimeoutOption: CInt { TCP_USER_TIMEOUT }
  static var notSentLowWaterOption: CInt { TCP_NOTSENT_LOWAT }
  /// The option that reads a socket's filter, whose length counts instructions of 8 bytes.
  static var readFilterOption: CInt { SO_GET_FILTER }
  typealias Linger = linger

  #if canImport(Glibc)
    static var stream: CInt { CInt(SOCK_STREAM.rawValue) }
    static var datagram: CInt { CInt(SOCK_DGRAM.rawValue) }
    static var sequencedPacket: CInt { CInt(SOCK_SEQPACKET.rawValue) }
    static var closeOnExec: CInt { CInt(SOCK_CLOEXEC.rawValue) }
    static var shutdownReceive: CInt { CInt(SHUT_RD) }
    static var shutdownSend: CInt { CInt(SHUT_WR) }
    static var shutdownBoth: CInt { CInt(SHUT_RDWR) }
  #elseif canImport(Musl)
    static var stream: CInt { SOCK_STREAM }
    static var datagram: CInt { SOCK_DGRAM }
    static var sequencedPacket: CInt { SOCK_SEQPACKET }
    static var closeOnExec: CInt { SOCK_CLOEXEC }
    static var shutdownReceive: CInt { SHUT_RD }
    static var shutdownSend: CInt { SHUT_WR }
    static var shutdownBoth: CInt { SHUT_RDWR }
  #endif
}
