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

/// What differs between systems. The layout of an address is in `AddressLayout`, and the type of a vector's length in the extension of
/// `iovec`.
///
/// Swift 6.3.1 can lose a C constant that one file takes from the C library and another from `CSendShim`: the compiler then does not find
/// the constant. Whether this happens depends on the order of the files. So a file that imports `CSendShim` uses the members of `Platform`
/// in place of the constants that this file names. Other constants, such as error numbers, may be used in any file: each build of this
/// package finds them.
package enum Platform {
  static var stream: CInt { number(SOCK_STREAM) }
  static var datagram: CInt { number(SOCK_DGRAM) }
  static var sequencedPacket: CInt { number(SOCK_SEQPACKET) }
  static var shutdownReceive: CInt { number(SHUT_RD) }
  static var shutdownSend: CInt { number(SHUT_WR) }
  static var shutdownBoth: CInt { number(SHUT_RDWR) }
  static var peek: CInt { number(MSG_PEEK) }
  /// What poll reports of a socket that has room, or whose connection is made.
  static var room: CInt { number(POLLOUT) }
  /// What poll reports of a socket with bytes, with a connection to accept, or at the end of the stream.
  static var data: CInt { number(POLLIN) }
  /// What poll reports of a TCP socket with an urgent byte.
  static var urgent: CInt { number(POLLPRI) }
  /// What poll reports of a socket with an error, without being asked.
  static var failed: CInt { number(POLLERR) }
  /// What poll reports of a socket whose both directions have ended, without being asked.
  static var hungUp: CInt { number(POLLHUP) }
  /// What poll reports of a descriptor that is not open, without being asked.
  static var notOpen: CInt { number(POLLNVAL) }
  #if canImport(Darwin) || os(FreeBSD)
    /// FIONREAD, the number of an ioctl. It is made by a macro that Swift does not see: `_IOR('f', 127, int)`.
    static var bytesToReceive: UInt { 0x4004_667F }
  #else
    /// FIONREAD, the number of an ioctl.
    static var bytesToReceive: UInt { UInt(FIONREAD) }
  #endif

  /// TCP's number as a protocol, and as the level of its options.
  static var tcpLevel: CInt { number(IPPROTO_TCP) }
  static var udpProtocol: CInt { number(IPPROTO_UDP) }
  static var ipv4Level: CInt { number(IPPROTO_IP) }
  static var ipv6Level: CInt { number(IPPROTO_IPV6) }
  typealias Linger = linger

  /// A constant that is a number in this C library.
  @inline(__always)
  private static func number(_ constant: some BinaryInteger) -> CInt { CInt(constant) }

  /// A constant that is one of an enumeration.
  @inline(__always)
  private static func number<Constant: RawRepresentable>(_ constant: Constant) -> CInt
  where Constant.RawValue: BinaryInteger { CInt(constant.rawValue) }
}

// MARK: What differs between systems

extension Platform {
  /// The name of an option that a system lacks. It answers ENOPROTOOPT.
  private static var noOption: CInt { -1 }

  #if os(Linux) || os(Android)
    static var more: CInt? { number(MSG_MORE) }
    static var confirm: CInt? { number(MSG_CONFIRM) }
    /// With it, recv returns the length of the message, also where it is longer than the room.
    static var wholeLength: CInt? { number(MSG_TRUNC) }
    /// What poll reports of a socket whose receiving was shut down: POLLRDHUP, which glibc shows to GNU programs only.
    static var receiveHasEnded: CInt { 0x2000 }
    static var userTimeoutOption: CInt { TCP_USER_TIMEOUT }
    /// The option that reads a socket's filter, whose length counts instructions of 8 bytes.
    static var readFilterOption: CInt? { SO_GET_FILTER }
    /// A path that begins with a NUL is a name that leaves no file behind.
    static var hasAbstractNames: Bool { true }
    /// The flag of a send whose memory the kernel may read after the call, and the option that allows it.
    static var zeroCopy: CInt? { number(MSG_ZEROCOPY) }
    static var zeroCopyOption: CInt { SO_ZEROCOPY }
    static var protocolOption: CInt { SO_PROTOCOL }
    /// With it, recvmsg takes the next entry of the socket's error queue.
    static var errorQueue: CInt { number(MSG_ERRQUEUE) }
    /// Whether an accepted connection takes over the mode of its listener. On Linux it begins in blocking mode.
    static var connectionsInheritMode: Bool { false }
  #else
    static var more: CInt? { nil }
    static var confirm: CInt? { nil }
    static var wholeLength: CInt? { nil }
    static var receiveHasEnded: CInt { 0 }
    static var userTimeoutOption: CInt { noOption }
    static var readFilterOption: CInt? { nil }
    static var hasAbstractNames: Bool { false }
    static var zeroCopy: CInt? { nil }
    static var zeroCopyOption: CInt { noOption }
    static var protocolOption: CInt { noOption }
    static var errorQueue: CInt { 0 }
    static var connectionsInheritMode: Bool { true }
  #endif

  /// The flag that makes the system close a new socket in the programs that this program starts; nil if `socket` has no such flag.
  #if canImport(Darwin)
    static var closeOnExec: CInt? { nil }
  #else
    static var closeOnExec: CInt? { number(SOCK_CLOEXEC) }
  #endif

  #if canImport(Darwin)
    /// Whether `shutdown` of both sides fails and leaves sending open, once the peer has ended its own sending.
    static var shutdownOfBothCanFail: Bool { true }
    /// The call that disconnects a socket; nil where connecting to an address of the family AF_UNSPEC disconnects it. Darwin answers
    /// EISCONN to that connect. The numbers are SAE_ASSOCID_ANY and SAE_CONNID_ANY.
    static var disconnect: ((CInt) -> CInt)? { { disconnectx($0, 0, 0) } }
  #else
    static var shutdownOfBothCanFail: Bool { false }
    static var disconnect: ((CInt) -> CInt)? { nil }
  #endif

  #if os(Linux) || os(Android)
    /// Whether a socket may have a queue of errors, of which poll tells until it was read.
    static var hasErrorQueue: Bool { true }
  #else
    static var hasErrorQueue: Bool { false }
  #endif

  #if canImport(Darwin) || SOCKETSEND_STAYS_NONBLOCKING
    /// Whether each descriptor that a `Socket` owns has O_NONBLOCK, whatever the user's mode is.
    static var socketsStayNonblocking: Bool { true }
    /// How many milliseconds one poll may last, where closing a socket does not end it; nil where closing ends it.
    static var longestPoll: CInt? { 100 }
  #else
    static var socketsStayNonblocking: Bool { false }
    static var longestPoll: CInt? { nil }
  #endif

  #if canImport(Darwin)
    static var keepAliveIdleOption: CInt { TCP_KEEPALIVE }
  #else
    static var keepAliveIdleOption: CInt { TCP_KEEPIDLE }
  #endif

  #if os(FreeBSD)
    static var notSentLowWaterOption: CInt { noOption }
  #else
    static var notSentLowWaterOption: CInt { TCP_NOTSENT_LOWAT }
  #endif

  /// The option that takes a `linger` in seconds. `SO_LINGER` counts the ticks of a clock on Darwin.
  #if canImport(Darwin)
    static var lingerOption: CInt { SO_LINGER_SEC }
  #else
    static var lingerOption: CInt { SO_LINGER }
  #endif

  /// The errno value for missing data; 0 where the system has none.
  #if os(FreeBSD)
    static var missingData: CInt { 0 }
  #else
    static var missingData: CInt { ENODATA }
  #endif

  /// What getaddrinfo returns for a name without an address, EAI_NODATA, which not every C library shows.
  #if os(Linux)
    static var noAddress: CInt { -5 }
  #else
    static var noAddress: CInt { 7 }
  #endif
}

// MARK: Threads

extension Platform {
  // If the C library's type is a pointer to what the library keeps, the Swift type is optional.
  #if os(FreeBSD)
    package typealias Mutex = pthread_mutex_t?
    package typealias ThreadAttributes = pthread_attr_t?
  #else
    package typealias Mutex = pthread_mutex_t
    package typealias ThreadAttributes = pthread_attr_t
  #endif
  #if canImport(Glibc) && os(Linux) || os(Android)
    package typealias ThreadNumber = pthread_t
  #else
    package typealias ThreadNumber = pthread_t?
  #endif
}
