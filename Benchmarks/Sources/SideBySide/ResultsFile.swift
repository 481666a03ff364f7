// SPDX-License-Identifier: Apache-2.0
import CSideBySide
import Foundation

/// Every figure as a line of CSV: what the pictures are drawn from.
struct ResultsFile {
  private let handle: FileHandle?

  init(path: String?) throws {
    guard let path else {
      handle = nil
      return
    }
    try Data().write(to: URL(fileURLWithPath: path))
    handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    write(
      "series,transport,segments,bytes,candidate,median_ns,lower_ns,upper_ns,to_contiguous,to_sendmsg,to_sendv_all,"
        + "to_sendmsg_error")
  }

  func write(_ series: String, _ result: CellResult, names: [String]) {
    for (name, figures) in zip(names, result.figures) where figures.took_part {
      let place = "\(series),\(result.transport.name),\(result.shape.segments),\(result.shape.bytes),\(name)"
      let times = [figures.median_ns, figures.lower_ns, figures.upper_ns].map { $0.rounded(to: 1) }
      let ratios = [figures.to_contiguous, figures.to_sendmsg, figures.to_sendv_all].map { $0.median.rounded(to: 4) }
      let error = figures.to_sendmsg.error.rounded(to: 4)
      write(([place] + times + ratios + [error]).joined(separator: ","))
    }
  }

  private func write(_ line: String) {
    handle?.write(Data((line + "\n").utf8))
  }
}
