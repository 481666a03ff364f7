// SPDX-License-Identifier: Apache-2.0

extension SocketFlags: CustomStringConvertible {
  /// The names of the flags, for example `[more, doNotWait]`.
  ///
  /// Bits without a name are one number in hexadecimal, for example `[peek, 0x4000]`.
  public var description: String {
    let named = Self.names.filter { contains($0.flag) }
    let others = named.reduce(self) { $0.subtracting($1.flag) }
    let number = others.isEmpty ? [] : ["0x" + String(UInt32(bitPattern: others.rawValue), radix: 16)]
    return "[" + (named.map(\.name) + number).joined(separator: ", ") + "]"
  }

  private static var names: [(flag: SocketFlags, name: String)] {
    [
      (.outOfBand, "outOfBand"), (.peek, "peek"), (.dontRoute, "dontRoute"), (.truncated, "truncated"),
      (.controlDataTruncated, "controlDataTruncated"), (.broadcast, "broadcast"), (.multicast, "multicast"),
      (.partial, "partial"), (.more, "more"), (.endOfRecord, "endOfRecord"), (.doNotWait, "doNotWait"),
      (.confirm, "confirm"),
    ]
  }
}
