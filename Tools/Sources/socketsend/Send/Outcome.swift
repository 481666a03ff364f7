// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// How a run of `send` ended, and the exit code that says so: those of sysexits.h where they fit, 124 as `timeout` has it,
/// and a shell's own for the two signals.
enum Outcome: String, CaseIterable, Encodable, Sendable {
  case sent
  case usage
  case noInput
  case noHost
  case cannotConnect
  case outputFailed
  case sentPart
  case answerFailed
  case timedOut
  case interrupted
  case terminated

  var exitCode: Int32 {
    switch self {
    case .sent: 0
    case .usage: 64
    case .noInput: 66
    case .noHost: 68
    case .cannotConnect: 69
    case .outputFailed: 74
    case .sentPart: 75
    case .answerFailed: 76
    case .timedOut: 124
    case .interrupted: 128 + SIGINT
    case .terminated: 128 + SIGTERM
    }
  }
}

/// What a run of `send` is doing.
enum Phase: Sendable {
  /// Nothing yet that a peer could know of.
  case preparing
  case connecting
  case sending
  case readingAnswer

  /// Nil for the preparation, of which an error tells all itself.
  func describe(_ address: Endpoint) -> String? {
    switch self {
    case .preparing: nil
    case .connecting: "connecting to \(address)"
    case .sending: "sending to \(address)"
    case .readingAnswer: "reading the answer of \(address)"
    }
  }

  /// How the run ends where `error` ends this phase.
  func outcome(of error: any Error) -> Outcome {
    if error is Input.Unreadable || error is InputReader.Shrunk { return .noInput }
    if error is Output.Unwritable { return .outputFailed }
    switch (self, (error as? SocketError)?.code) {
    case (.preparing, _): return .usage
    case (.connecting, .hostNotFound?): return .noHost
    case (.connecting, _): return .cannotConnect
    case (.sending, .operationNotSupported?): return .usage  // a flag that this send does not take
    case (.sending, _): return .sentPart
    case (.readingAnswer, _): return .answerFailed
    }
  }
}
