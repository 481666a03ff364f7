// SPDX-License-Identifier: Apache-2.0
import Foundation

extension String {
  /// The text at the right of a column.
  func padded(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
  /// The text at the left of a column.
  func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}

extension Double {
  func rounded(to places: Int) -> String { String(format: "%.\(places)f", self) }
}

/// What the figures were taken on.
enum Machine {
  static var description: String {
    let processor = firstValue(of: "model name", in: "/proc/cpuinfo") ?? "unknown processor"
    // A virtual machine often names processors of several generations alike.
    let family = firstValue(of: "cpu family", in: "/proc/cpuinfo").map { " of family \($0)" } ?? ""
    let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? "?"
    let count = ProcessInfo.processInfo.processorCount
    return "\(processor)\(family), \(count) processors, Linux \(kernel.trimmingCharacters(in: .whitespacesAndNewlines))"
  }

  private static func firstValue(of key: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(key) }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
