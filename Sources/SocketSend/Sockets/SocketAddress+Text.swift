// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension SocketAddress: CustomStringConvertible {
  /// The address as people write it: `127.0.0.1:80`, `[::1]:80`, or the path; an abstract name begins with `@`.
  public var description: String {
    if let path { return path.utf8.first == 0 ? "@" + path.dropFirst() : path }
    guard let port, let host = numericHost else { return "unnamed" }
    return family == .ipv6 ? "[\(host)]:\(port)" : "\(host):\(port)"
  }

  private var numericHost: String? {
    unsafe withSockaddr { address, length in
      unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
        // Invariant: getnameinfo writes at most the count it is given, and ends what it wrote with a NUL.
        guard
          unsafe getnameinfo(address, length, text.baseAddress, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0
        else { return nil }
        return unsafe String(cString: text.baseAddress!)
      }
    }
  }
}
