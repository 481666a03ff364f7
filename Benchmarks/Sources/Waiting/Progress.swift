// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What is measured now, on standard error: one line that changes on a terminal, else a line a row.
struct Progress {
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func begin(_ row: Row) {
    if !isTerminal { write(row.title + "\n") }
  }

  func note(_ row: Row, round: Int, _ candidate: String) {
    if isTerminal { write("\r\u{1B}[K\(row.title): round \(round) of \(row.rounds), \(candidate)") }
  }

  func end() {
    if isTerminal { write("\r\u{1B}[K") }
  }

  private func write(_ text: String) {
    var text = text
    text.withUTF8 { bytes in _ = Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}
