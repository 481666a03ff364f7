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

/// The address of a socket or of its peer: an IPv4 or IPv6 address with a port, or the path of a Unix socket.
public struct SocketAddress: Hashable, Sendable {
  /// The address in the system's form, a `sockaddr` of some family.
  let bytes: [UInt8]

  /// The address whose system form is all of `bytes`.
  init(bytes: [UInt8]) { self.bytes = bytes }

  /// A numeric IPv4 address, for example `127.0.0.1`: four decimal numbers without leading zeros.
  ///
  /// - Throws: ``SocketError/Code/hostNotFound`` where `text` is no such address. A name is looked up by
  ///   ``lookUp(host:port:family:)``.
  public static func ipv4(_ text: String, port: UInt16) throws(SocketError) -> SocketAddress {
    // getaddrinfo alone would take `127.1` too, and `010.0.0.1` for 8.0.0.1.
    guard isDottedQuad(text) else { throw SocketError(code: .hostNotFound) }
    return try SocketAddress(numeric: text, port: port, family: AF_INET)
  }

  private static func isDottedQuad(_ text: String) -> Bool {
    var dots = 0
    // -1 before the first digit of a number.
    var number = -1
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if number == 0 { return false }
        number = 10 * max(number, 0) + Int(byte - UInt8(ascii: "0"))
        if number > 255 { return false }
      case UInt8(ascii: "."):
        if number < 0 { return false }
        dots += 1
        number = -1
      default: return false
      }
    }
    return dots == 3 && number >= 0
  }

  /// A numeric IPv6 address, for example `::1`.
  ///
  /// A percent sign and a zone may follow.
  ///
  /// - Throws: ``SocketError/Code/hostNotFound`` where `text` is no such address.
  public static func ipv6(_ text: String, port: UInt16) throws(SocketError) -> SocketAddress {
    try SocketAddress(numeric: text, port: port, family: AF_INET6)
  }

  /// The path of a Unix socket.
  ///
  /// On Linux and Android a path that begins with a NUL is a name in the abstract namespace instead, which leaves no file behind:
  /// `.unix(path: "\0name")`.
  ///
  /// - Throws: ``SocketError/Code/invalidArgument`` for a path that is empty, has a NUL inside, or is longer than the
  ///   system takes. Linux takes 107 bytes for a path, and 107 bytes after the NUL for an abstract name. Darwin and FreeBSD take 103.
  public static func unix(path: String) throws(SocketError) -> SocketAddress {
    guard let bytes = AddressLayout.system.unix(path: path) else { throw SocketError(errno: EINVAL) }
    return SocketAddress(bytes: bytes)
  }

  /// What stands for the address of a socket without one: the family `AF_UNSPEC` alone.
  static var unnamed: SocketAddress { SocketAddress(bytes: AddressLayout.system.empty(family: AF_UNSPEC)) }

  /// What kind of address this is.
  public var family: SocketFamily { SocketFamily(rawValue: AddressLayout.system.family(of: bytes)) }

  /// The port in an IPv4 or IPv6 address; nil for a Unix address.
  public var port: UInt16? { AddressLayout.system.port(of: bytes) }

  /// The path of a Unix socket; nil for an Internet address, and for a Unix socket without a name.
  public var path: String? { AddressLayout.system.path(of: bytes) }

  /// Calls `body` with the address in the system's form, which is good during the call.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    // Invariant: an array's bytes are aligned to 16, a sockaddr needs 2; the system reads no more than the count.
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }
}
