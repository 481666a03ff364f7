// SPDX-License-Identifier: Apache-2.0

extension SocketAddress {
  /// All IPv4 addresses of this host, `0.0.0.0`, for a socket to be bound to.
  ///
  /// The corresponding C constant is `INADDR_ANY`, and the .NET member is `IPAddress.Any`.
  public static func any(port: UInt16) -> SocketAddress { ipv4(0, port: port) }

  /// This host's own IPv4 address, `127.0.0.1`, which no other host can reach.
  ///
  /// The corresponding C constant is `INADDR_LOOPBACK`, and the .NET member is `IPAddress.Loopback`.
  public static func loopback(port: UInt16) -> SocketAddress { ipv4(0x7F00_0001, port: port) }

  /// All IPv6 addresses of this host, `::`, for a socket to be bound to.
  ///
  /// Unless it has ``SocketOption/ipv6Only``, the socket is bound to all IPv4 addresses too. The corresponding C constant is `in6addr_any`,
  /// and the .NET member is `IPAddress.IPv6Any`.
  public static func anyIPv6(port: UInt16) -> SocketAddress { ipv6(lastByte: 0, port: port) }

  /// This host's own IPv6 address, `::1`, which no other host can reach.
  ///
  /// The corresponding C constant is `in6addr_loopback`, and the .NET member is `IPAddress.IPv6Loopback`.
  public static func loopbackIPv6(port: UInt16) -> SocketAddress { ipv6(lastByte: 1, port: port) }

  private static func ipv4(_ number: UInt32, port: UInt16) -> SocketAddress {
    SocketAddress(bytes: AddressLayout.system.ipv4(number, port: port))
  }

  private static func ipv6(lastByte: UInt8, port: UInt16) -> SocketAddress {
    SocketAddress(bytes: AddressLayout.system.ipv6(lastByte: lastByte, port: port))
  }
}
