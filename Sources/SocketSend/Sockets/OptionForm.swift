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

/// How the value of an option becomes the system's bytes, and how it is made from them.
struct OptionForm<Value>: Sendable {
  /// How many bytes to read; nil for as many as the system has. If the system has fewer, the rest is 0.
  var size: Int?
  var encode: @Sendable (Value) throws(SocketError) -> [UInt8]
  /// Is given `size` bytes.
  var decode: @Sendable ([UInt8]) throws(SocketError) -> Value

  /// The form of a `Meaning` that the system stores as a `Value`. If `encode` returns nil, setting the option throws EINVAL.
  func holding<Meaning>(
    encode: @escaping @Sendable (Meaning) -> Value?,
    decode: @escaping @Sendable (Value) throws(SocketError) -> Meaning
  ) -> OptionForm<Meaning> {
    OptionForm<Meaning>(
      size: size,
      encode: { [encodeValue = self.encode] meaning throws(SocketError) in
        guard let value = encode(meaning) else { throw SocketError(errno: EINVAL) }
        return try encodeValue(value)
      },
      decode: { [decodeValue = self.decode] bytes throws(SocketError) in try decode(try decodeValue(bytes)) })
  }
}

extension OptionForm where Value: BitwiseCopyable {
  /// The value as it is in memory.
  static var memory: OptionForm {
    OptionForm(
      size: MemoryLayout<Value>.size,
      // Invariant: a value without references is its bytes.
      encode: { value in unsafe withUnsafeBytes(of: value) { unsafe Array($0) } },
      // Invariant: `bytes` has as many bytes as a `Value`. Any such bytes are a value of the C types that this module's options use. For
      // other types, the caller of the unsafe `init` guarantees it.
      decode: { bytes in unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: Value.self) } })
  }
}

extension OptionForm where Value == [UInt8] {
  static var bytes: OptionForm { OptionForm(size: nil, encode: { $0 }, decode: { $0 }) }
}

extension OptionForm where Value == Int {
  /// A C `int`.
  static var number: OptionForm {
    OptionForm<CInt>.memory.holding(encode: { CInt(exactly: $0) }, decode: { Int($0) })
  }

  /// A C `int` that counts something, and is not negative.
  static var count: OptionForm {
    OptionForm<CInt>.memory.holding(encode: { $0 < 0 ? nil : CInt(exactly: $0) }, decode: { Int($0) })
  }
}

extension OptionForm where Value == Bool {
  static var flag: OptionForm {
    OptionForm<CInt>.memory.holding(encode: { $0 ? 1 : 0 }, decode: { $0 != 0 })
  }
}

extension OptionForm where Value == UInt32 {
  /// The index of a network interface.
  static var interface: OptionForm {
    OptionForm<CInt>.memory.holding(encode: { CInt(exactly: $0) }, decode: { UInt32(bitPattern: $0) })
  }

  /// The index of a network interface in the structure in which IPv4 takes it. The system answers with the interface's address,
  /// which does not say the index.
  static var interfaceToSet: OptionForm {
    OptionForm<ip_mreqn>.memory.holding(
      encode: { index in
        CInt(exactly: index).map { ip_mreqn(imr_multiaddr: in_addr(), imr_address: in_addr(), imr_ifindex: $0) }
      },
      decode: { _ throws(SocketError) in throw SocketError(errno: EOPNOTSUPP) })
  }
}

extension OptionForm where Value == Duration {
  static var seconds: OptionForm { time(unitsPerSecond: 1) }
  static var milliseconds: OptionForm { time(unitsPerSecond: 1000) }

  private static func time(unitsPerSecond: Int64) -> OptionForm {
    OptionForm<CInt>.memory.holding(
      encode: { $0.roundedUp(unitsPerSecond: unitsPerSecond) }, decode: { .seconds($0) / unitsPerSecond })
  }
}

extension OptionForm where Value == Duration? {
  /// The structure `linger`.
  static var linger: OptionForm {
    typealias Linger = Platform.Linger
    return OptionForm<Linger>.memory.holding(
      encode: { time in
        guard let time else { return Linger(l_onoff: 0, l_linger: 0) }
        return time.roundedUp(unitsPerSecond: 1).map { Linger(l_onoff: 1, l_linger: $0) }
      },
      decode: { $0.l_onoff == 0 ? nil : .seconds($0.l_linger) })
  }
}

extension Duration {
  /// The time in units of which a second has `unitsPerSecond`, rounded up; nil where it is negative or more than a C `int` holds.
  fileprivate func roundedUp(unitsPerSecond: Int64) -> CInt? {
    // Checked before `components`, which traps on a duration of more than `Int64.max` seconds.
    guard self >= .zero, self <= .seconds(CInt.max) else { return nil }
    let (seconds, attoseconds) = components
    let unit = 1_000_000_000_000_000_000 / unitsPerSecond
    return CInt(exactly: seconds * unitsPerSecond + (attoseconds + unit - 1) / unit)
  }
}
