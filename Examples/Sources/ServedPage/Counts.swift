// SPDX-License-Identifier: Apache-2.0

/// Why a connection ended.
public enum End: String, CaseIterable, Sendable {
  case clientLeft = "by the client"
  case lastRequest = "after the last request"
  case badRequest = "after a bad request"
  case idle = "idle too long"
  case slow = "read too slowly"
  case broken = "broken by the client or the network"
  case stopped = "with the server"
}

/// What a server did.
public struct Counts: CustomStringConvertible {
  private var open = 0
  private var mostOpen = 0
  private var connections = 0
  private var answers = 0
  private var ends: [End: Int] = [:]
  /// How often no descriptor was free for the next connection.
  public var pauses = 0

  public init() {}

  public mutating func begin() {
    connections += 1
    open += 1
    mostOpen = max(mostOpen, open)
  }

  public mutating func end(_ end: End, answers: Int) {
    open -= 1
    self.answers += answers
    ends[end, default: 0] += 1
  }

  public var description: String {
    let ends = End.allCases.map { "  \($0.rawValue): \(self.ends[$0] ?? 0)" }
    return """
      served \(connections) connections, \(mostOpen) at once, with \(answers) answers
      ended:
      \(ends.joined(separator: "\n"))
      pauses for want of descriptors: \(pauses)
      """
  }
}
