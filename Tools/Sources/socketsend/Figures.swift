// SPDX-License-Identifier: Apache-2.0
import Foundation

extension Int {
  /// The number with a comma between groups of three digits, in any locale.
  var grouped: String {
    var text = String(magnitude)
    var place = text.count - 3
    while place > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: place))
      place -= 3
    }
    return self < 0 ? "-" + text : text
  }

  /// The number with its unit: `1 segment`, `2,000 segments`.
  func counted(_ unit: String) -> String {
    "\(grouped) \(unit)\(self == 1 ? "" : "s")"
  }
}

extension Duration {
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }

  /// For example `0.8 ms` or `1.250 s`.
  var readable: String {
    seconds < 1 ? String(format: "%.1f ms", seconds * 1000) : String(format: "%.3f s", seconds)
  }
}
