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

extension Socket {
  /// Lets a datagram socket receive what is sent to a multicast group.
  ///
  /// - Parameters:
  ///   - group: The group's IPv4 or IPv6 address. Its port is not looked at: the socket receives on the port that it is bound to.
  ///   - index: The index of the network interface to receive on. The C function `if_nametoindex` returns the index for a name. With 0, the
  ///     zone of an IPv6 group names the interface, as in `ff02::1%eth0`; without a zone, the system chooses.
  /// - Throws: ``SocketError/Code/invalidArgument`` if the address is no group. ``SocketError/Code/addressAlreadyInUse`` if the
  ///   socket is in the group already. ``SocketError/Code/addressFamilyNotSupported`` for the path of a Unix socket.
  ///   ``SocketError/Code/socketError`` with the `errno` `ENODEV` if there is no such interface.
  ///
  /// The corresponding C options are `MCAST_JOIN_GROUP` and, for index 0, `IP_ADD_MEMBERSHIP` and
  /// `IPV6_JOIN_GROUP`. .NET has `SocketOptionName.AddMembership`.
  public func joinMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try using { number throws(SocketError) in
      try MulticastMembership(group, onInterface: index).join(on: number)
    }
  }

  /// Ends what ``joinMulticastGroup(_:onInterface:)`` began.
  ///
  /// Closing the socket also ends its memberships.
  ///
  /// - Throws: ``SocketError/Code/addressNotAvailable`` if the socket is not in the group on that interface, and the errors of
  ///   joining.
  ///
  /// The corresponding C options are `MCAST_LEAVE_GROUP` and, for index 0, `IP_DROP_MEMBERSHIP` and
  /// `IPV6_LEAVE_GROUP`. .NET has `SocketOptionName.DropMembership`.
  public func leaveMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try using { number throws(SocketError) in
      try MulticastMembership(group, onInterface: index).leave(on: number)
    }
  }
}

extension SocketDescriptor {
  /// Lets a datagram socket receive what is sent to a multicast group, as ``Socket/joinMulticastGroup(_:onInterface:)`` does.
  ///
  /// The corresponding C options are `MCAST_JOIN_GROUP` and, for index 0, `IP_ADD_MEMBERSHIP` and `IPV6_JOIN_GROUP`.
  public func joinMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try MulticastMembership(group, onInterface: index).join(on: rawValue)
  }

  /// Leaves a multicast group, as ``Socket/leaveMulticastGroup(_:onInterface:)`` does.
  ///
  /// The corresponding C options are `MCAST_LEAVE_GROUP` and, for index 0, `IP_DROP_MEMBERSHIP` and `IPV6_LEAVE_GROUP`.
  public func leaveMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try MulticastMembership(group, onInterface: index).leave(on: rawValue)
  }
}

/// A group and an interface.
private struct MulticastMembership {
  private let group: SocketAddress
  private let index: UInt32

  init(_ group: SocketAddress, onInterface index: UInt32) throws(SocketError) {
    guard group.family == .ipv4 || group.family == .ipv6 else { throw SocketError(errno: EAFNOSUPPORT) }
    self.group = group
    self.index = index
  }

  func join(on descriptor: CInt) throws(SocketError) {
    if index != 0 { return try changeOnInterface(MCAST_JOIN_GROUP, on: descriptor) }
    try changeAnywhere(ipv4: IP_ADD_MEMBERSHIP, ipv6: IPV6_JOIN_GROUP, on: descriptor)
  }

  func leave(on descriptor: CInt) throws(SocketError) {
    if index != 0 { return try changeOnInterface(MCAST_LEAVE_GROUP, on: descriptor) }
    try changeAnywhere(ipv4: IP_DROP_MEMBERSHIP, ipv6: IPV6_LEAVE_GROUP, on: descriptor)
  }

  private func changeOnInterface(_ name: CInt, on descriptor: CInt) throws(SocketError) {
    var request = group_req()
    request.gr_interface = index
    // Invariant: a sockaddr_storage has room for every address, and `copyBytes` checks it.
    unsafe withUnsafeMutableBytes(of: &request.gr_group) { unsafe $0.copyBytes(from: group.bytes) }
    let level = group.family == .ipv4 ? Platform.ipv4Level : Platform.ipv6Level
    // Invariant: a group_req is what both options take.
    try unsafe SocketOption<group_req>(level: level, name: name).set(request, on: descriptor)
  }

  /// Changes the membership on the interface that the system chooses or that an IPv6 zone names. These options are used because, on Darwin
  /// and FreeBSD, MCAST_JOIN_GROUP chooses no interface. Both structures, `ip_mreq` and `ipv6_mreq`, are the group's address and 4 bytes
  /// that name the interface: 0 for none. IPv6 has these 4 bytes in the address too, as its zone.
  private func changeAnywhere(ipv4: CInt, ipv6: CInt, on descriptor: CInt) throws(SocketError) {
    let isIPv4 = group.family == .ipv4
    let request = isIPv4 ? group.bytes[4..<8] + [0, 0, 0, 0] : group.bytes[8..<28]
    let option = SocketOption<[UInt8]>(
      level: isIPv4 ? Platform.ipv4Level : Platform.ipv6Level, name: isIPv4 ? ipv4 : ipv6)
    try option.set(Array(request), on: descriptor)
  }
}
