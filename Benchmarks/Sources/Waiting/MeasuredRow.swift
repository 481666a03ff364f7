// SPDX-License-Identifier: Apache-2.0

/// The figures of a row's candidates.
struct MeasuredRow {
  let row: Row
  /// By candidate, a list a round of the numbers that the process printed.
  private let runs: [String: [[Double]]]

  init(_ row: Row, _ progress: Progress) throws {
    var runs: [String: [[Double]]] = [:]
    progress.begin(row)
    for round in 1...row.rounds {
      for candidate in row.candidates {
        progress.note(row, round: round, candidate)
        let process = ChildProcess(["measure", row.kind.rawValue, candidate] + row.numbers.map(String.init))
        runs[candidate, default: []].append(try process.numbers())
      }
    }
    progress.end()
    self.row = row
    self.runs = runs
  }

  /// A candidate's figure in each round.
  func values(of figure: Figure, _ candidate: String) -> [Double] {
    let own = runs[candidate, default: []].map { $0[figure.index] }
    guard let baseline = figure.baseline else { return own.map { $0 * figure.scale } }
    return zip(own, runs[baseline, default: []]).map { $0 / $1[figure.index] }
  }

  func value(of figure: Figure, _ candidate: String) -> Double {
    let all = values(of: figure, candidate)
    switch figure.rounds {
    case .median: return all.median
    case .least: return all.min() ?? .nan
    case .most: return all.max() ?? .nan
    }
  }

  var missedGoals: [String] {
    row.figures.flatMap { figure in
      row.candidates.compactMap { candidate in
        let value = value(of: figure, candidate)
        guard let goal = figure.goals[candidate], !goal.isMet(by: value) else { return nil }
        return "\(row.title): \(candidate), \(figure.name): \(value.rounded(to: figure.places)), \(goal.text)"
      }
    }
  }

  /// As Markdown.
  func printTable() {
    print("\n\(row.title), \(row.rounds) round\(row.rounds == 1 ? "" : "s"):\n")
    print("| | " + row.figures.map(\.name).joined(separator: " | ") + " |")
    print("|---|" + String(repeating: "--:|", count: row.figures.count))
    for candidate in row.candidates {
      print("| \(candidate) | " + row.figures.map { cell($0, candidate) }.joined(separator: " | ") + " |")
    }
  }

  private func cell(_ figure: Figure, _ candidate: String) -> String {
    if !figure.isOf(candidate) { return "" }
    let value = value(of: figure, candidate)
    let text = value.rounded(to: figure.places)
    guard let goal = figure.goals[candidate] else { return text }
    return "\(text) (\(goal.text): \(goal.isMet(by: value) ? "ok" : "missed"))"
  }
}
