// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// What `make bench` runs: every candidate on every cell, in turns; then how the cost grows, back-pressure, packets, memory.
@main
struct SideBySide: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares ways to send a list of segments, side by side in one run.",
    subcommands: [All.self, Memory.self], defaultSubcommand: All.self)
}

/// How long to measure.
struct Effort {
  var rounds: Int
  var seconds: Double
  var pressureBytes: Int64
  var pressureRounds: Int
  /// Of a round of Unix datagrams.
  var datagrams: Int
  /// The longest list, and the longest segment, of the growth table.
  var growsTo: Int

  static let full = Effort(
    rounds: 31, seconds: 0.004, pressureBytes: 256 << 20, pressureRounds: 15, datagrams: 5000, growsTo: 1 << 27)
  static let quick = Effort(
    rounds: 7, seconds: 0.001, pressureBytes: 32 << 20, pressureRounds: 3, datagrams: 1000, growsTo: 70_000)
}

struct All: ParsableCommand {
  @Flag(help: "Measure for less than a minute: good for a look, not for a claim.")
  var quick = false

  @Flag(help: "Only the table of cells, without the slow candidates.")
  var cells = false

  @Flag(help: "Only the grid of segments and bytes, which the map of ratios is drawn from.")
  var grid = false

  @Option(help: "Write every figure to this file, as CSV.")
  var csv: String?

  @Option(help: "The dynamic library with Rust's candidate.")
  var rust: String?

  @Option(help: "The script with Python's candidate.")
  var python: String?

  func run() throws {
    let effort = quick ? Effort.quick : .full
    let candidates = Candidates(quick: quick || cells, rustLibrary: rust, pythonScript: python)
    var targets = Targets()
    let results = try ResultsFile(path: csv)
    print(Machine.description)
    if grid { return try Grid(effort: effort, results: results).run() }
    let table = CellTable(candidates: candidates, effort: effort, results: results)
    try table.run { targets.note($0, swiftAt: candidates.swiftIndex) }
    if cells { return }
    try Growth(candidates: candidates, effort: effort, results: results).run()
    try Grid(effort: effort, results: results).run()
    PressureTable(effort: effort).run { targets.note($0) }
    DatagramTable(effort: effort).run { targets.noteDatagrams($1, reader: $0) }
    targets.notePackets(segments: 5000, bytes: 100)
    try Memory.inProcessesOfTheirOwn { targets.note($0) }
    targets.printTable()
  }
}
