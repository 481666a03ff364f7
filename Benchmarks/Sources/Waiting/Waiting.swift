// SPDX-License-Identifier: Apache-2.0
import CWaiting
import Glibc

/// `Waiting [--quick] [--csv FILE]` compares ways to wait for room in sockets, each measurement in a process of its own, which is
/// this program with `measure` or `read` as its first argument.
@main
struct Waiting {
  static func main() async throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    switch arguments.first {
    case "read": waiting_read(3, UInt32(arguments[1])!)
    case "hold": try FullConnections.hold(arguments[1], Int(arguments[2])!)
    case "measure": try await measure(arguments[1], arguments[2], Array(arguments.dropFirst(3)).compactMap { Int($0) })
    default: fatalError("not yet")
    }
  }

  private static func measure(_ row: String, _ candidate: String, _ numbers: [Int]) async throws {
    switch row {
    case "stalled": try await Stalled.measure(Staller(rawValue: candidate)!, numbers[0], seconds: Double(numbers[1]))
    case "timeouts": try await Stalled.measureTimeouts(Staller(rawValue: candidate)!, numbers[0])
    case "pressure":
      try await Pressure.measure(
        Sender(rawValue: candidate)!, times: numbers[0], kibibytes: numbers[1], pauseMicroseconds: numbers[2])
    case "turns": try await Turns.measure(Sharing(rawValue: candidate)!, times: numbers[0])
    case "neighbours": try await Neighbours.measure(mebibytes: numbers[0])
    default: fatalError("no such row: \(row)")
    }
  }
}
