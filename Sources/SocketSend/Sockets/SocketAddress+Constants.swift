// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension SocketAddress {
  /// All IPv4 addresses of this host, `0.0.0.0`, for a socket to be bound to. The corresponding C constant is `INADDR_ANY`, and .NET's
  /// member `IPAddress.Any`.
  public static func any(port: UInt16) -> SocketAddress { ipv4(0, port: port) }

  /// This host's own IPv4 address, `127.0.0.1`, which no other host can reach. The corresponding C constant is `INADDR_LOOPBACK`, and
  /// .NET's member `IPAddress.Loopback`.
  public static func loopback(port: UInt16) -> SocketAddress { ipv4(0x7F00_0001, port: port) }

  /// All IPv6 addresses of this host, `::`, for a socket to be bound to. Unless it has ``SocketOption/ipv6Only``, the socket is bound to
  /// all IPv4 addresses too. The corresponding C constant is `in6addr_any`, and .NET's member `IPAddress.IPv6Any`.
  public static func anyIPv6(port: UInt16) -> SocketAddress { ipv6(lastByte: 0, port: port) }

  /// This host's own IPv6 address, `::1`, which no other host can reach. The corresponding C constant is `in6addr_loopback`, and .NET's
  /// member `IPAddress.IPv6Loopback`.
  public static func loopbackIPv6(port: UInt16) -> SocketAddress { ipv6(lastByte: 1, port: port) }

  private static func ipv4(_ number: UInt32, port: UInt16) -> SocketAddress {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = number.bigEndian
    return SocketAddress(structure: address)
  }

  private static func ipv6(lastByte: UInt8, port: UInt16) -> SocketAddress {
    var address = sockaddr_in6()
    address.sin6_family = sa_family_t(AF_INET6)
    address.sin6_port = port.bigEndian
    // Invariant: the subscript checks that the address has 16 bytes.
    unsafe withUnsafeMutableBytes(of: &address.sin6_addr) { unsafe $0[15] = lastByte }
    return SocketAddress(structure: address)
  }

  /// Invariant: a `sockaddr_in` or a `sockaddr_in6`, which have no padding and no references: their bytes are the system's.
  private init<Structure>(structure: Structure) {
    self.init(bytes: unsafe withUnsafeBytes(of: structure) { unsafe Array($0) })
  }
}
