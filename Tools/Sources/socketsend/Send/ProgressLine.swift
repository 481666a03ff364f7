// SPDX-License-Identifier: Apache-2.0
import Foundation

/// How far a run has come, in one line: `[=====>      ]  45%  4.5 of 10.0 MiB  1.2 MiB/s  5 s left`.
struct ProgressLine {
  var bytesSent: Int
  /// Nil where it is not known, as with a pipe.
  var total: Int?
  var elapsed: Duration

  private static let barWidth = 24

  /// The line, cut to `columns`.
  func text(columns: Int) -> String {
    String(parts.joined(separator: "  ").prefix(max(0, columns)))
  }

  private var parts: [String] {
    let speed = Double(bytesSent) / max(elapsed.seconds, 1e-3)
    guard let total, total > 0 else { return [Self.amount(Double(bytesSent)), Self.amount(speed) + "/s"] }
    let fraction = min(1, Double(bytesSent) / Double(total))
    let secondsLeft = speed > 0 ? (Double(total - bytesSent) / speed).rounded(.up) : .infinity
    return [
      Self.bar(fraction), String(format: "%3d%%", Int(fraction * 100)),
      "\(Self.amount(Double(bytesSent))) of \(Self.amount(Double(total)))", Self.amount(speed) + "/s",
      Self.left(secondsLeft),
    ]
  }

  private static func bar(_ fraction: Double) -> String {
    let filled = Int(fraction * Double(barWidth))
    let line = String(repeating: "=", count: filled) + (filled < barWidth ? ">" : "")
    return "[" + line.padding(toLength: barWidth, withPad: " ", startingAt: 0) + "]"
  }

  private static func left(_ seconds: Double) -> String {
    if seconds > 359_999 { return "a long time left" }
    let seconds = max(0, Int(seconds))
    if seconds < 60 { return "\(seconds) s left" }
    return String(format: "%d:%02d:%02d left", seconds / 3600, seconds / 60 % 60, seconds % 60)
  }

  private static func amount(_ bytes: Double) -> String {
    if bytes < 1024 { return "\(Int(bytes)) B" }
    var amount = bytes
    for unit in ["KiB", "MiB", "GiB"] {
      amount /= 1024
      if amount < 1024 { return String(format: "%.1f %@", amount, unit as NSString) }
    }
    return String(format: "%.1f TiB", amount / 1024)
  }
}
