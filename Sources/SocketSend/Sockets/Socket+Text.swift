// SPDX-License-Identifier: Apache-2.0

extension Socket: CustomStringConvertible {
  /// How the socket carries bytes, and its descriptor, for example `stream socket, descriptor 5`, or `stream socket, closed`.
  public var description: String {
    "\(kind.map { "\($0) " } ?? "")socket, \(isClosed ? "closed" : descriptor.description)"
  }
}

extension Socket.Kind: CustomStringConvertible {
  /// The name of the kind, for example `stream`, or the system's number of a kind without a name, for example `kind 3`.
  public var description: String {
    switch self {
    case .stream: "stream"
    case .datagram: "datagram"
    case .sequencedPacket: "sequencedPacket"
    default: "kind \(rawValue)"
    }
  }
}

extension SocketDescriptor: CustomStringConvertible {
  /// The descriptor's number, for example `descriptor 5`.
  public var description: String { "descriptor \(rawValue)" }
}

extension SocketFamily: CustomStringConvertible {
  /// The name of the family, for example `ipv4`, or the system's number of a family without a name, for example `family 16`.
  public var description: String {
    switch self {
    case .ipv4: "ipv4"
    case .ipv6: "ipv6"
    case .unix: "unix"
    default: "family \(rawValue)"
    }
  }
}

extension SocketOption: CustomStringConvertible {
  /// The name of the option in this module, for example `noDelay`.
  ///
  /// An option made by level and name has these numbers instead, for example `level 6, name 1`.
  public var description: String { title ?? "level \(level), name \(name)" }
}
