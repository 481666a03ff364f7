// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CWaiting

/// What `make bench-async` runs. Each measurement is in a process of its own, which is this program with `measure` as its first
/// argument; `read` and `hold` are the other ends of connections.
@main
struct Waiting: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compares ways to wait for room in sockets, side by side in one run.",
    subcommands: [All.self, Measure.self, Read.self, Hold.self], defaultSubcommand: All.self)
}

struct All: ParsableCommand {
  @Flag(help: "Measure for less than a minute: good for a look, not for a claim.")
  var quick = false

  @Option(help: "Measure rows of this kind alone: stalled, timeouts, pressure, turns or neighbours.")
  var only: RowKind?

  @Option(help: "Write every figure to this file, as CSV.")
  var csv: String?

  func run() throws {
    waiting_raise_descriptor_limit()
    let results = try WaitingResults(path: csv)
    let progress = Progress()
    var missed: [String] = []
    print("Medians of rounds in turns; ratios are medians of each round's ratio.")
    if quick { print("A quick run: good for a look, not for a claim.") }
    for row in Row.all(quick: quick) where only == nil || row.kind == only {
      let measured = try MeasuredRow(row, progress)
      measured.printTable()
      results.write(measured)
      missed += measured.missedGoals
    }
    print(missed.isEmpty ? "\nAll goals are met." : "\nMissed goals:\n")
    for goal in missed { print("- \(goal)") }
  }
}

struct Measure: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures one candidate of one row, and prints its figures.", shouldDisplay: false)

  @Argument var row: RowKind
  @Argument var candidate: String
  @Argument var numbers: [Int]

  func run() async throws {
    waiting_raise_descriptor_limit()
    switch row {
    case .stalled: try await Stalled.measure(find(), numbers[0], seconds: Double(numbers[1]))
    case .timeouts: try await Stalled.measureTimeouts(find(), numbers[0])
    case .pressure:
      try await Pressure.measure(find(), times: numbers[0], kibibytes: numbers[1], pauseMicroseconds: numbers[2])
    case .turns: try await Turns.measure(find(), times: numbers[0])
    case .neighbours: try await Neighbours.measure(find(), mebibytes: numbers[0])
    }
  }

  private func find<Candidate: RawRepresentable<String>>() throws -> Candidate {
    guard let found = Candidate(rawValue: candidate) else { throw ValidationError("no such candidate: \(candidate)") }
    return found
  }
}

struct Read: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Reads from descriptor 3 to its end.", shouldDisplay: false)

  @Argument var pauseMicroseconds: UInt32

  func run() { waiting_read(3, pauseMicroseconds) }
}

struct Hold: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Connects and never reads, until the first connection ends.", shouldDisplay: false)

  @Argument var name: String
  @Argument var count: Int

  func run() throws {
    waiting_raise_descriptor_limit()
    try FullConnections.hold(name, count)
  }
}
