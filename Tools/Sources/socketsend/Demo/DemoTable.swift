// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The deliveries as a table, a row at a time, so that each is seen when it is done.
enum DemoTable {
  private struct Column {
    var title: String
    var width: Int
    var isNumber = true

    func cell(_ text: String) -> String {
      let padding = String(repeating: " ", count: max(0, width - text.count))
      return isNumber ? padding + text : text + padding
    }
  }

  private static let columns = [
    Column(title: "transport", width: 11, isNumber: false),
    Column(title: "lists", width: 7),
    Column(title: "segments", width: 9),
    Column(title: "bytes", width: 11),
    Column(title: "system calls", width: 12),
    Column(title: "waits", width: 6),
    Column(title: "time", width: 8),
    Column(title: "throughput", width: 11),
    Column(title: "sent", width: 12, isNumber: false),
    Column(title: "received", width: 12, isNumber: false),
    Column(title: "hashes", width: 9, isNumber: false),
  ]

  static var heading: String {
    line(columns.map(\.title)) + "\n" + line(columns.map { String(repeating: "-", count: $0.width) })
  }

  static func row(_ report: Delivery.Report) -> String {
    let sums = report.sums
    let rate = Double(sums.bytes) / report.duration.seconds / Double(1 << 20)
    return line([
      report.transport.title, sums.sends.grouped, sums.segments.grouped, sums.bytes.grouped, sums.systemCalls.grouped,
      sums.waits.grouped, report.duration.readable, String(format: "%.0f MiB/s", rate), report.sent.shortHash,
      report.received.shortHash, report.isRight ? "equal" : "DIFFERENT",
    ])
  }

  private static func line(_ texts: [String]) -> String {
    let cells = zip(columns, texts).map { $0.cell($1) }
    return cells.joined(separator: "  ").trimmingCharacters(in: .whitespaces)
  }
}
