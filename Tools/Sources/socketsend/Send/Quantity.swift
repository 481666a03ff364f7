// SPDX-License-Identifier: Apache-2.0

/// A number with a unit, as the options take it: `300ms`, `2s`, `64K`.
enum Quantity {
  struct Malformed: Error, Hashable, CustomStringConvertible {
    var description: String
  }

  private static let timeUnits = ["us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "m": 60, "h": 3600]
  /// Powers of 1024, as `dd` and `curl --limit-rate` have them.
  private static let byteUnits = ["": 1.0, "k": 0x1p10, "m": 0x1p20, "g": 0x1p30]
  /// Some 292 years are what 64 bits of nanoseconds hold; this is less.
  private static let mostSeconds = 1e9
  private static let mostBytes = 0x1p50

  /// More than nothing. A number without a unit is in seconds.
  static func duration(_ text: String) throws(Malformed) -> Duration {
    guard let seconds = value(text, units: timeUnits), seconds > 0, seconds <= mostSeconds else {
      throw Malformed(description: "a time is a number with us, ms, s, m or h, and more than 0: 300ms, 2s, 1.5m")
    }
    return .seconds(seconds)
  }

  /// At least 1.
  static func byteCount(_ text: String) throws(Malformed) -> Int {
    guard let bytes = value(text, units: byteUnits), (1...mostBytes).contains(bytes) else {
      throw Malformed(description: "bytes are a number, 1 or more, alone or with k, M or G (powers of 1024): 512, 64k")
    }
    return Int(bytes)
  }

  private static func value(_ text: String, units: [String: Double]) -> Double? {
    let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    guard let number = Double(digits), let unit = units[text.dropFirst(digits.count).lowercased()] else { return nil }
    return number * unit
  }
}
