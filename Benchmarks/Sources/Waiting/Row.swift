// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// What a process of its own measures.
enum RowKind: String, ExpressibleByArgument {
  case stalled, timeouts, pressure, turns, neighbours
}

/// A situation in which all candidates are measured in turns.
struct Row {
  let kind: RowKind
  let title: String
  /// The argument that tells rows of one kind apart in the CSV.
  let size: String
  let candidates: [String]
  /// What follows the candidate in the arguments of the process that measures.
  let numbers: [Int]
  let rounds: Int
  let figures: [Figure]
}

/// A column of a row's table.
struct Figure {
  enum Rounds { case median, least, most }

  enum Goal {
    case atMost(Double)
    case atLeast(Double)
  }

  let name: String
  /// Which of the numbers that the process prints, and by how much it is multiplied.
  let index: Int
  var scale = 1.0
  var places = 2
  /// The candidate whose figure is 1; nil for an absolute figure.
  var baseline: String?
  /// The candidates that have this figure; nil for all.
  var only: [String]?
  /// How one figure is made of those of several rounds.
  var rounds = Rounds.median
  /// By candidate.
  var goals: [String: Goal] = [:]
}

extension Figure {
  func isOf(_ candidate: String) -> Bool { only?.contains(candidate) ?? true }
}

extension Figure.Goal {
  func isMet(by value: Double) -> Bool {
    switch self {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    }
  }

  var text: String {
    switch self {
    case .atMost(let limit): "at most \(limit.short)"
    case .atLeast(let limit): "at least \(limit.short)"
    }
  }
}
