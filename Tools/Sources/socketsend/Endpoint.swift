// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Where to connect to, as people write it: `host:port`, `[::1]:80`, a Unix path, `@name` for an abstract one.
enum Endpoint: Hashable, Sendable, CustomStringConvertible {
  case host(String, port: UInt16)
  /// An abstract name begins with a NUL here, as the system has it.
  case unix(path: String)

  struct Malformed: Error, Hashable, CustomStringConvertible {
    var description: String
  }

  init(_ text: String) throws(Malformed) {
    if text.hasPrefix("@") {
      self = .unix(path: "\0" + text.dropFirst())
    } else if text.contains("/") {
      self = .unix(path: text)
    } else {
      self = try Self.hostAndPort(text)
    }
  }

  private static func hostAndPort(_ text: String) throws(Malformed) -> Endpoint {
    guard let colon = text.lastIndex(of: ":") else {
      throw Malformed(
        description: "\"\(text)\" is neither host:port nor a path; a path in this directory is ./\(text)")
    }
    let digits = text[text.index(after: colon)...]
    guard digits.allSatisfy(\.isNumber), let port = UInt16(digits), port > 0 else {
      throw Malformed(description: "\"\(digits)\" is no port: a number from 1 to 65535")
    }
    return .host(try host(String(text[..<colon])), port: port)
  }

  private static func host(_ text: String) throws(Malformed) -> String {
    let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
    let name = isBracketed ? String(text.dropFirst().dropLast()) : text
    if name.isEmpty { throw Malformed(description: "there is no host before the port") }
    if name.contains(":") != isBracketed || name.contains(where: { "[]".contains($0) }) {
      throw Malformed(description: "\"\(text)\" is no host; an IPv6 address, and no other, stands in brackets: [::1]:80")
    }
    return name
  }

  var description: String {
    switch self {
    case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): path.hasPrefix("\0") ? "@" + path.dropFirst() : path
    }
  }

  /// A stream connected to it: to the first of a host's addresses that answers.
  func connect() throws(SocketError) -> Socket {
    if case .host(let host, let port) = self { return try Socket.connected(toHost: host, port: port) }
    let socket = try Socket(.unix, .stream)
    try socket.connect(to: address())
    return socket
  }

  /// The address, for a host the first.
  func address() throws(SocketError) -> SocketAddress {
    switch self {
    case .host(let host, let port): try SocketAddress.lookUp(host: host, port: port)[0]
    case .unix(let path): try .unix(path: path)
    }
  }
}
