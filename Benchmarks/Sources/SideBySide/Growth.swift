// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// How the cost grows: segments from 1 to 1 000 000, bytes from 1 to 1 GiB.
struct Growth {
  let candidates: Candidates
  let effort: Effort
  let results: ResultsFile

  private static let segments = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262_144, 1_000_000]
  private static let bytes = [1, 16, 256, 4096, 65536, 1 << 20, 1 << 24, 1 << 27]
  /// Enough for a trend: the longest calls take seconds.
  private static let rounds = 5

  func run() throws {
    print("\nHow it grows, over a Unix stream: nanoseconds a call of sendv_all, and of the Swift call.\n")
    try withBench(TRANSPORT_UNIX, candidates.pointer) { bench in
      for count in Self.segments where effort.growsTo >= count {
        measure(bench, Shape(segments: count, bytes: 16), series: "segments")
      }
      for count in Self.bytes where effort.growsTo >= count {
        measure(bench, Shape(segments: 8, bytes: count), series: "bytes")
      }
    }
  }

  private func measure(_ bench: OpaquePointer, _ shape: Shape, series: String) {
    var all = [figures](repeating: figures(), count: candidates.names.count)
    withCell(shape) { bench_cell(bench, $0, min(Self.rounds, effort.rounds), effort.seconds, &all) }
    results.write(series, CellResult(transport: Transport.all[0], shape: shape, figures: all), names: candidates.names)
    let gathered = all[Int(CANDIDATE_SENDV_ALL)].median_ns
    let swift = all[candidates.swiftIndex].median_ns
    print(
      "\(shape.segments)".padded(to: 9) + " x " + "\(shape.bytes)".padding(to: 10) + gathered.rounded(to: 0).padded(to: 14)
        + swift.rounded(to: 0).padded(to: 14))
  }
}
