// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// What a run says at its end, besides errors.
enum ReportStyle: Sendable {
  /// A line on standard error.
  case text
  /// Nothing.
  case quiet
  /// One JSON object on standard output, for errors too.
  case json
}

/// The result of a run as one JSON object.
struct SendReport: Encodable {
  struct Failure: Encodable {
    /// The line that a person would read.
    var message: String
    /// The library's name, its number, and the system's number, where the error is one of a socket.
    var code: String?
    var number: Int32?
    var errno: Int32?
  }

  var outcome: Outcome
  var exitCode: Int32
  var address: String?
  var bytesSent = 0
  /// The segments handed to the sends.
  var segments = 0
  var sends = 0
  var systemCalls = 0
  var waits = 0
  var secondsInSends = 0.0
  var seconds = 0.0
  var answerBytes = 0
  var error: Failure?

  /// One line.
  func print() throws(Output.Unwritable) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    // Invariant: strings and finite numbers always encode.
    let line = try! encoder.encode(self)
    try Output.standardOutput.write(Array(line) + Array("\n".utf8))
  }

  static func summary(_ sums: SendTally.Sums) -> String {
    "sent \(sums.segments.counted("segment")), \(sums.bytes.counted("byte")), in "
      + "\(sums.systemCalls.counted("system call")), \(sums.duration.readable)"
  }
}

extension SendReport {
  init(
    outcome: Outcome, address: Endpoint, sums: SendTally.Sums, elapsed: Duration, answerBytes: Int, failure: SendFailure?
  ) {
    self.init(
      outcome: outcome, exitCode: outcome.exitCode, address: address.description, bytesSent: sums.bytes,
      segments: sums.segments, sends: sums.sends, systemCalls: sums.systemCalls, waits: sums.waits,
      secondsInSends: sums.duration.seconds, seconds: elapsed.seconds, answerBytes: answerBytes,
      error: failure.map(Failure.init))
  }

  /// For a command line that is wrong.
  init(usage message: String) {
    self.init(outcome: .usage, exitCode: Outcome.usage.exitCode, error: Failure(message: message))
  }
}

extension SendReport.Failure {
  init(_ failure: SendFailure) {
    let error = failure.cause as? SocketError
    // A code describes itself by name and number: "timedOut (10060)".
    let name = (error?.code.description).map { String($0.prefix { $0 != " " }) }
    self.init(message: failure.description, code: name, number: error?.code.rawValue, errno: error?.errno)
  }
}
