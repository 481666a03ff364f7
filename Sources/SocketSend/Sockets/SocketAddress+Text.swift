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

extension SocketAddress: CustomStringConvertible {
  /// The address as people write it: `127.0.0.1:80`, `[::1]:80`, or the path; an abstract name begins with `@`.
  public var description: String {
    if let path { return path.utf8.first == 0 ? "@" + path.dropFirst() : path }
    guard let port, let host else { return "unnamed" }
    return family == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  /// The numeric IPv4 or IPv6 address without its port, for example `127.0.0.1` or `::1`; nil for a Unix address.
  ///
  /// An IPv6 zone follows a percent sign. The corresponding C function is `getnameinfo`, and the .NET member is `IPEndPoint.Address`.
  public var host: String? {
    if port == nil { return nil }
    return unsafe withSockaddr { address, length in
      unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
        // Invariant: getnameinfo writes at most the count it is given, and ends what it wrote with a NUL.
        guard
          unsafe getnameinfo(address, length, text.baseAddress, numericCast(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return unsafe String(cString: text.baseAddress!)
      }
    }
  }

  /// An Internet address with its port, as ``description`` writes it: `127.0.0.1:80` or `[::1]:80`.
  ///
  /// - Throws: ``SocketError/Code/invalidArgument`` if `text` is no such address. A name is looked up by
  ///   ``lookUp(host:port:family:)``, and the path of a Unix socket is for ``unix(path:)``.
  ///
  /// .NET's member is `IPEndPoint.Parse`, which also takes a text without a port.
  public init(_ text: String) throws(SocketError) {
    guard let address = Self.parsed(text) else { throw SocketError(errno: EINVAL) }
    self = address
  }

  private static func parsed(_ text: String) -> SocketAddress? {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[colon...].dropFirst()
    // `UInt16` alone would take a sign too.
    guard digits.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(digits) else { return nil }
    let host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      return try? .ipv6(String(host.dropFirst().dropLast()), port: port)
    }
    return try? .ipv4(String(host), port: port)
  }
}
