// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// sendv_all and the plain loop over a full grid of segments and bytes, in powers of two: what the map of ratios is drawn from.
struct Grid {
  private let effort: Effort
  private let results: ResultsFile

  private static let segments = (0...12).map { 1 << $0 }
  private static let bytes = (3...14).map { 1 << $0 }
  /// Of C alone: what others are compared with, and sendv_all.
  private let candidates = (0...Int(CANDIDATE_SENDV_ALL)).map { candidateInC($0) }

  init(effort: Effort, results: ResultsFile) {
    self.effort = effort
    self.results = results
  }

  func run() throws {
    print("\nA grid of segments and bytes: the least and the largest ratio of sendv_all to the plain loop.\n")
    let pointer = UnsafeMutableBufferPointer<candidate>.allocate(capacity: candidates.count)
    _ = pointer.initialize(from: candidates)
    defer { pointer.deallocate() }
    for transport in Transport.all {
      var ratios: [Double] = []
      try withBench(transport.value, pointer) { bench in
        for bytes in Self.bytes where effort.growsTo >= bytes {
          for segments in Self.segments where fits(segments * bytes, transport) {
            ratios.append(measure(bench, Shape(segments: segments, bytes: bytes), transport))
          }
        }
      }
      let range = "\(ratios.min()!.rounded(to: 2)) to \(ratios.max()!.rounded(to: 2))"
      print(transport.name.padding(to: 6) + range + ", \(ratios.count) cells")
    }
  }

  private func fits(_ bytes: Int, _ transport: Transport) -> Bool {
    bytes <= (transport.name == "udp" ? CellTable.longestDatagram : effort.growsTo)
  }

  private func measure(_ bench: OpaquePointer, _ shape: Shape, _ transport: Transport) -> Double {
    var all = [figures](repeating: figures(), count: candidates.count)
    withCell(shape) { bench_cell(bench, $0, min(effort.rounds, 15), effort.seconds / 2, &all) }
    let names = candidates.map { String(cString: $0.name) }
    results.write("grid", CellResult(transport: transport, shape: shape, figures: all), names: names)
    return all[Int(CANDIDATE_SENDV_ALL)].to_sendmsg.median
  }
}
