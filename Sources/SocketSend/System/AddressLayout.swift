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

/// At which bytes of an address a system has its family, port and path. It is a value, so that the layout of each system is tested on
/// every system.
///
///     byte     0       1       2 3   4 5 6 7   8 ... 23   24 ... 27
///              family          port  IPv4
///              family          port  flow      IPv6       zone
///              family          path of a Unix socket
///              length  family  with `hasLength`, all else as above
struct AddressLayout: Hashable, Sendable {
  /// Whether the first byte is the length of the whole address (`sa_len`) and the second is the family. If not, both are the family.
  var hasLength: Bool
  /// Whether a family of two bytes has its high byte first. A port always has its high byte first.
  var isBigEndian: Bool
  /// The bytes that a Unix address has room for, its first two among them.
  var unixSize: Int
  /// A path that begins with a NUL is a name in the abstract namespace.
  var hasAbstractNames: Bool

  /// The layout of this system. A family has one byte where a length precedes it, and two bytes elsewhere.
  static var system: AddressLayout {
    AddressLayout(
      hasLength: MemoryLayout<sa_family_t>.size == 1, isBigEndian: 1.bigEndian == 1,
      unixSize: MemoryLayout<sockaddr_un>.size, hasAbstractNames: Platform.hasAbstractNames)
  }

  /// The bytes of the family, and of the length where there is one.
  static var startSize: Int { 2 }
}

// MARK: Making an address

extension AddressLayout {
  /// The first two bytes of an address of this family that is `length` bytes long.
  private func start(family: CInt, length: Int) -> (UInt8, UInt8) {
    let low = UInt8(truncatingIfNeeded: family)
    let high = UInt8(truncatingIfNeeded: family >> 8)
    if hasLength { return (UInt8(truncatingIfNeeded: length), low) }
    return isBigEndian ? (high, low) : (low, high)
  }

  /// An address of this family with zeros behind its start.
  func empty(family: CInt, length: Int = startSize) -> [UInt8] {
    var address = [UInt8](repeating: 0, count: length)
    (address[0], address[1]) = start(family: family, length: length)
    return address
  }

  /// The structure `sockaddr_in` of an address that is given as a number.
  func ipv4(_ number: UInt32, port: UInt16) -> [UInt8] {
    var address = empty(family: AF_INET, length: 16)
    (address[2], address[3]) = (UInt8(port >> 8), UInt8(truncatingIfNeeded: port))
    for index in 0..<4 { address[4 + index] = UInt8(truncatingIfNeeded: number >> (24 - 8 * index)) }
    return address
  }

  /// The structure `sockaddr_in6` of the address whose last byte is given, and whose others are 0.
  func ipv6(lastByte: UInt8, port: UInt16) -> [UInt8] {
    var address = empty(family: AF_INET6, length: 28)
    (address[2], address[3]) = (UInt8(port >> 8), UInt8(truncatingIfNeeded: port))
    address[23] = lastByte
    return address
  }

  /// The structure `sockaddr_un`, as long as the path needs it. nil for a path that the system does not take.
  func unix(path: String) -> [UInt8]? {
    let name = path.utf8
    let isAbstract = hasAbstractNames && name.first == 0
    guard !name.isEmpty, isAbstract || !name.contains(0) else { return nil }
    // A NUL ends a path. The end of the address ends an abstract name.
    let length = Self.startSize + name.count + (isAbstract ? 0 : 1)
    guard length <= unixSize else { return nil }
    var address = empty(family: AF_UNIX, length: length)
    address.replaceSubrange(Self.startSize..<Self.startSize + name.count, with: name)
    return address
  }
}

// MARK: Reading an address

extension AddressLayout {
  /// Every address is two bytes long at least.
  func family(of address: [UInt8]) -> CInt {
    if hasLength { return CInt(address[1]) }
    let (first, second) = (CInt(address[0]), CInt(address[1]))
    return isBigEndian ? first << 8 | second : second << 8 | first
  }

  /// The port of an IPv4 or IPv6 address; nil for a Unix address.
  func port(of address: [UInt8]) -> UInt16? {
    let family = family(of: address)
    guard family == AF_INET || family == AF_INET6 else { return nil }
    return UInt16(address[2]) << 8 | UInt16(address[3])
  }

  /// The path of a Unix socket; nil for an Internet address, and for a Unix socket without a name.
  func path(of address: [UInt8]) -> String? {
    guard family(of: address) == AF_UNIX, address.count > Self.startSize else { return nil }
    let name = address[Self.startSize...]
    if name.first == 0 {
      // Darwin has zeros for a socket without a name.
      return hasAbstractNames ? String(decoding: name, as: UTF8.self) : nil
    }
    return String(decoding: name.prefix { $0 != 0 }, as: UTF8.self)
  }
}
