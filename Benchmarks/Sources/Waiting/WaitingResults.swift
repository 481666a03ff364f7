// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Every figure as a line of CSV: what the picture is drawn from.
struct WaitingResults {
  private let handle: FileHandle?

  init(path: String?) throws {
    guard let path else {
      handle = nil
      return
    }
    try Data("row,size,candidate,figure,value,least,most\n".utf8).write(to: URL(fileURLWithPath: path))
    handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try handle?.seekToEnd()
  }

  func write(_ measured: MeasuredRow) {
    let row = measured.row
    for figure in row.figures {
      for candidate in row.candidates where figure.isOf(candidate) {
        let rounds = measured.values(of: figure, candidate)
        let values = [measured.value(of: figure, candidate), rounds.min()!, rounds.max()!].map { $0.rounded(to: 4) }
        let names = [row.kind.rawValue, row.size, candidate, figure.name].map { "\"\($0)\"" }
        handle?.write(Data(((names + values).joined(separator: ",") + "\n").utf8))
      }
    }
  }
}

extension Double {
  func rounded(to places: Int) -> String { String(format: "%.\(places)f", self) }
  var short: String { String(format: "%g", self) }
}
