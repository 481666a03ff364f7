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

/// The family of an address, for example IPv4, IPv6 or Unix.
public struct SocketFamily: RawRepresentable, Hashable, Sendable {
  /// The platform's `AF_*`.
  public let rawValue: CInt

  /// Any family that the platform has.
  public init(rawValue: CInt) { self.rawValue = rawValue }

  /// Internet addresses of version 4 (`AF_INET`): `127.0.0.1` and a port.
  public static var ipv4: SocketFamily { SocketFamily(rawValue: AF_INET) }
  /// Internet addresses of version 6 (`AF_INET6`): `::1` and a port.
  public static var ipv6: SocketFamily { SocketFamily(rawValue: AF_INET6) }
  /// Addresses within this system (`AF_UNIX`): a path, or a name in the abstract namespace.
  public static var unix: SocketFamily { SocketFamily(rawValue: AF_UNIX) }
}
