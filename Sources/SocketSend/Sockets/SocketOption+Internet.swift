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

// The options of IPv4 and IPv6 sockets. On a Unix socket they are an error. Linux takes options of IPv4 on an IPv6 socket too.

extension SocketOption where Value == Bool {
  /// An IPv6 socket carries IPv6 alone, and no IPv4-mapped addresses (`IPV6_V6ONLY`).
  ///
  /// It has to be set before the socket is bound. The opposite of .NET's `DualMode`.
  public static var ipv6Only: SocketOption { SocketOption(level: Platform.ipv6Level, name: IPV6_V6ONLY, form: .flag) }

  /// Multicast datagrams that an IPv4 socket sends come back to members of the group on this host (`IP_MULTICAST_LOOP`).
  ///
  /// On by default. Corresponds to .NET's `MulticastLoopback`.
  public static var multicastLoopback: SocketOption {
    SocketOption(level: Platform.ipv4Level, name: IP_MULTICAST_LOOP, form: .flag)
  }

  /// Multicast datagrams that an IPv6 socket sends come back to members of the group on this host (`IPV6_MULTICAST_LOOP`).
  ///
  /// On by default. Corresponds to .NET's `MulticastLoopback`.
  public static var multicastLoopbackIPv6: SocketOption {
    SocketOption(level: Platform.ipv6Level, name: IPV6_MULTICAST_LOOP, form: .flag)
  }
}

extension SocketOption where Value == Int {
  /// How many hops an IPv4 packet may make (`IP_TTL`), 1 to 255.
  ///
  /// Corresponds to .NET's `Ttl`.
  public static var timeToLive: SocketOption { SocketOption(level: Platform.ipv4Level, name: IP_TTL, form: .count) }

  /// How many hops an IPv6 packet may make (`IPV6_UNICAST_HOPS`), 0 to 255.
  ///
  /// Corresponds to .NET's `Ttl`.
  public static var hopLimit: SocketOption {
    SocketOption(level: Platform.ipv6Level, name: IPV6_UNICAST_HOPS, form: .count)
  }

  /// How many hops an IPv4 multicast datagram may make (`IP_MULTICAST_TTL`), 0 to 255.
  ///
  /// The default is 1, which keeps it in the local network. Corresponds to .NET's `SocketOptionName.MulticastTimeToLive`.
  public static var multicastTimeToLive: SocketOption {
    SocketOption(level: Platform.ipv4Level, name: IP_MULTICAST_TTL, form: .count)
  }

  /// How many hops an IPv6 multicast datagram may make (`IPV6_MULTICAST_HOPS`), 0 to 255.
  ///
  /// The default is 1, which keeps it in the local network. Corresponds to .NET's `SocketOptionName.MulticastTimeToLive`.
  public static var multicastHopLimit: SocketOption {
    SocketOption(level: Platform.ipv6Level, name: IPV6_MULTICAST_HOPS, form: .count)
  }
}

extension SocketOption where Value == UInt32 {
  /// The network interface by which an IPv4 socket sends multicast datagrams, by its index (`IP_MULTICAST_IF`). 0 lets the system choose.
  ///
  /// Linux does not return the index, so reading it throws ``SocketError/Code/operationNotSupported``. The C function `if_nametoindex`
  /// returns the index for a name. Corresponds to .NET's `SocketOptionName.MulticastInterface`.
  public static var multicastInterface: SocketOption {
    SocketOption(level: Platform.ipv4Level, name: IP_MULTICAST_IF, form: .interfaceToSet)
  }

  /// The network interface by which an IPv6 socket sends multicast datagrams, by its index (`IPV6_MULTICAST_IF`). 0 lets the system choose.
  ///
  /// The C function `if_nametoindex` returns the index for a name. Corresponds to .NET's `SocketOptionName.MulticastInterface`.
  public static var multicastInterfaceIPv6: SocketOption {
    SocketOption(level: Platform.ipv6Level, name: IPV6_MULTICAST_IF, form: .interface)
  }
}
