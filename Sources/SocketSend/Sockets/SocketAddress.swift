// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where a socket is, or its peer: an IPv4 or IPv6 address with a port, or the path of a Unix socket.
public struct SocketAddress: Hashable, Sendable {
  /// The address in the system's form, a `sockaddr` of some family.
  let bytes: [UInt8]

  /// The address that stands at the start of `bytes`, in the system's form.
  init(bytes: [UInt8]) { self.bytes = bytes }

  /// An IPv4 address in numbers, for example `127.0.0.1`: four of them, in decimal, without leading zeros.
  ///
  /// - Throws: ``SocketError/Code/hostNotFound`` where `text` is no such address. A name is looked up by
  ///   ``lookUp(host:port:family:)``.
  public static func ipv4(_ text: String, port: UInt16) throws(SocketError) -> SocketAddress {
    // getaddrinfo alone would take `127.1` too, and `010.0.0.1` for 8.0.0.1.
    guard SystemCalls.isDottedQuad(text) else { throw SocketError(code: .hostNotFound) }
    return try SocketAddress(numeric: text, port: port, family: AF_INET)
  }

  /// An IPv6 address in numbers, for example `::1`; a zone may stand behind a percent sign.
  ///
  /// - Throws: ``SocketError/Code/hostNotFound`` where `text` is no such address.
  public static func ipv6(_ text: String, port: UInt16) throws(SocketError) -> SocketAddress {
    try SocketAddress(numeric: text, port: port, family: AF_INET6)
  }

  /// The path of a Unix socket. On Linux a path that begins with a NUL is a name in the abstract namespace instead, which
  /// leaves no file behind: `.unix(path: "\0name")`.
  ///
  /// - Throws: ``SocketError/Code/invalidArgument`` for a path that is empty, has a NUL inside, or is longer than the
  ///   system takes: 107 bytes on Linux for a path, and 107 bytes after the NUL for an abstract name.
  public static func unix(path: String) throws(SocketError) -> SocketAddress {
    let name = Array(path.utf8)
    let room = MemoryLayout<sockaddr_un>.size - pathOffset
    let isAbstract = name.first == 0
    guard !name.isEmpty, isAbstract || !name.contains(0) else { throw SocketError(errno: EINVAL) }
    // An abstract name ends where the address ends, a path with a NUL.
    let ended = isAbstract ? name : name + [0]
    guard ended.count <= room else { throw SocketError(errno: EINVAL) }
    return SocketAddress(bytes: familyBytes(AF_UNIX) + ended)
  }

  /// The address of a socket that has none.
  static var unnamed: SocketAddress { SocketAddress(bytes: familyBytes(AF_UNSPEC)) }

  private static var pathOffset: Int { MemoryLayout<sa_family_t>.size }

  private static func familyBytes(_ family: CInt) -> [UInt8] {
    let value = sa_family_t(family)
    return unsafe withUnsafeBytes(of: value) { unsafe Array($0) }
  }

  /// What kind of address this is.
  public var family: SocketFamily {
    // Invariant: every address is at least a family long, as each way to make one sees to.
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe SocketFamily(rawValue: CInt(bytes.loadUnaligned(as: sa_family_t.self)))
    }
  }

  /// The port in an IPv4 or IPv6 address; nil for the others.
  public var port: UInt16? {
    // In both, the two bytes behind the family, the more significant first.
    guard family == .ipv4 || family == .ipv6 else { return nil }
    return UInt16(bytes[Self.pathOffset]) << 8 | UInt16(bytes[Self.pathOffset + 1])
  }

  /// The path of a Unix socket; nil for the others, and for a socket without a name.
  public var path: String? {
    guard family == .unix, bytes.count > Self.pathOffset else { return nil }
    let name = bytes[Self.pathOffset...]
    return String(decoding: name.first == 0 ? name : name.prefix { $0 != 0 }, as: UTF8.self)
  }

  /// Calls `body` with the address in the system's form, which is good during the call.
  func withSockaddr<Result>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Result) -> Result {
    // Invariant: an array's bytes are aligned to 16, a sockaddr needs 2; the system reads no more than the count.
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe body(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
    }
  }
}
