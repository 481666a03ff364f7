// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// A transport with the name it has in tables.
struct Transport: Sendable {
  let value: transport
  let name: String

  static let all = [
    Transport(value: TRANSPORT_UNIX, name: "unix"), Transport(value: TRANSPORT_TCP, name: "tcp"),
    Transport(value: TRANSPORT_UDP, name: "udp"),
  ]
}

struct Shape: Hashable {
  let segments: Int
  let bytes: Int
}

/// One measured cell: its place, and the figures of every candidate, in the candidates' order.
struct CellResult {
  let transport: Transport
  let shape: Shape
  let figures: [figures]
}

/// The table of all cells.
struct CellTable {
  let candidates: Candidates
  let effort: Effort
  let results: ResultsFile

  static let shapes =
    [
      (1, 64), (2, 512), (4, 32), (8, 16), (8, 128), (8, 1024), (16, 4096), (64, 16), (64, 128), (64, 512), (64, 1024),
      (512, 16), (512, 120), (1024, 16), (1024, 60), (1025, 64), (1024, 1024), (4096, 16), (100_000, 8), (16, 65536),
      (4, 1_048_576),
    ].map { Shape(segments: $0.0, bytes: $0.1) } + border

  /// Shapes on both sides of the border between copying and pointing at a segment (the table in `gather.h`).
  private static let border = [
    (8, 256), (8, 1025), (8, 2048), (16, 1024), (16, 1025), (32, 256), (32, 1000), (32, 1500), (64, 256), (64, 700),
    (64, 1000), (96, 512), (96, 1024), (97, 600), (97, 1024), (128, 400), (128, 1024), (192, 300), (256, 200), (256, 380),
    (256, 400), (512, 200), (512, 256), (512, 257), (512, 512), (512, 4096),
  ].map { Shape(segments: $0.0, bytes: $0.1) }

  /// A longer list is no UDP datagram.
  static let longestDatagram = 65_000

  func run(_ note: (CellResult) -> Void) throws {
    print(
      """

      Nanoseconds a call, its spread (half of what lies between the quartiles, in % of the median), and the ratio to a \
      plain sendmsg loop: medians of \(effort.rounds) rounds, in turns.

      """)
    print(header)
    for transport in Transport.all {
      try withBench(transport.value, candidates.pointer) { bench in
        for shape in Self.shapes where transport.name != "udp" || shape.segments * shape.bytes <= Self.longestDatagram {
          let figures = measure(bench, shape)
          let result = CellResult(transport: transport, shape: shape, figures: figures)
          print(line(result))
          results.write("cell", result, names: candidates.names)
          note(result)
        }
      }
    }
  }

  private func measure(_ bench: OpaquePointer, _ shape: Shape) -> [figures] {
    var all = [figures](repeating: figures(), count: candidates.names.count)
    // Where the sender meets a full buffer, the reader's part in the time makes short measurements uneven.
    let seconds = shape.segments * shape.bytes < 65536 ? effort.seconds : 4 * effort.seconds
    withCell(shape) { bench_cell(bench, $0, effort.rounds, seconds, &all) }
    return all
  }

  private static let column = 22

  private var header: String {
    "     segments x bytes " + candidates.names.map { $0.padded(to: Self.column) }.joined()
  }

  private func line(_ result: CellResult) -> String {
    let place = result.transport.name.padding(to: 4) + "\(result.shape.segments)".padded(to: 7) + " x "
    let columns = result.figures.map { figures in
      figures.took_part
        ? figures.median_ns.rounded(to: 0).padded(to: 11) + figures.spread.padded(to: 5)
          + figures.to_sendmsg.median.rounded(to: 2).padded(to: 6)
        : "-".padded(to: Self.column)
    }
    return place + "\(result.shape.bytes)".padding(to: 8) + columns.joined()
  }
}

extension figures {
  fileprivate var spread: String { "±" + ((upper_ns - lower_ns) / 2 / median_ns * 100).rounded(to: 0) }
}
