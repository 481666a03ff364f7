// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Socket {
  /// Lets a datagram socket receive what is sent to a multicast group.
  ///
  /// - Parameters:
  ///   - group: The group's IPv4 or IPv6 address. Its port is not looked at: the socket receives on the port that it is bound to.
  ///   - index: The index of the network interface to receive on, which the C function `if_nametoindex` has for a name. 0 lets the system
  ///     choose.
  /// - Throws: ``SocketError/Code/invalidArgument`` if the address is no group. ``SocketError/Code/addressAlreadyInUse`` if the
  ///   socket is in the group already. ``SocketError/Code/addressFamilyNotSupported`` for the path of a Unix socket.
  ///   ``SocketError/Code/socketError`` with the `errno` `ENODEV` if there is no such interface.
  ///
  /// The corresponding C option is `MCAST_JOIN_GROUP`, and .NET's `SocketOptionName.AddMembership`.
  public func joinMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try using { number throws(SocketError) in
      try MulticastMembership(group, onInterface: index).change(MCAST_JOIN_GROUP, on: number)
    }
  }

  /// Ends what ``joinMulticastGroup(_:onInterface:)`` began. Closing the socket leaves its groups too.
  ///
  /// - Throws: ``SocketError/Code/addressNotAvailable`` if the socket is not in the group on that interface, and the errors of
  ///   joining.
  ///
  /// The corresponding C option is `MCAST_LEAVE_GROUP`, and .NET's `SocketOptionName.DropMembership`.
  public func leaveMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try using { number throws(SocketError) in
      try MulticastMembership(group, onInterface: index).change(MCAST_LEAVE_GROUP, on: number)
    }
  }
}

extension SocketDescriptor {
  /// Lets a datagram socket receive what is sent to a multicast group, as ``Socket/joinMulticastGroup(_:onInterface:)`` does. The
  /// corresponding C option is `MCAST_JOIN_GROUP`.
  public func joinMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try MulticastMembership(group, onInterface: index).change(MCAST_JOIN_GROUP, on: rawValue)
  }

  /// Leaves a multicast group, as ``Socket/leaveMulticastGroup(_:onInterface:)`` does. The corresponding C option is `MCAST_LEAVE_GROUP`.
  public func leaveMulticastGroup(_ group: SocketAddress, onInterface index: UInt32 = 0) throws(SocketError) {
    try MulticastMembership(group, onInterface: index).change(MCAST_LEAVE_GROUP, on: rawValue)
  }
}

/// A group and an interface, in the structure that both families take.
private struct MulticastMembership {
  var level: CInt
  var request = group_req()

  init(_ group: SocketAddress, onInterface index: UInt32) throws(SocketError) {
    switch group.family {
    case .ipv4: level = Platform.ipv4Level
    case .ipv6: level = Platform.ipv6Level
    default: throw SocketError(errno: EAFNOSUPPORT)
    }
    request.gr_interface = index
    // Invariant: a sockaddr_storage has room for every address, and `copyBytes` checks it.
    unsafe withUnsafeMutableBytes(of: &request.gr_group) { unsafe $0.copyBytes(from: group.bytes) }
  }

  func change(_ name: CInt, on descriptor: CInt) throws(SocketError) {
    // Invariant: a group_req is what both options take.
    try unsafe SocketOption<group_req>(level: level, name: name).set(request, on: descriptor)
  }
}
