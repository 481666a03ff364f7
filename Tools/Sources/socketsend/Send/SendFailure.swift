// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// One line for a person: what was being done, why it ended, and how much had been sent over the connection.
struct SendFailure: CustomStringConvertible {
  var outcome: Outcome
  /// What was being done: "sending to 127.0.0.1:80". Nil before there was anything to do.
  var action: String?
  /// None where a signal or the clock ended the run.
  var cause: (any Error)?
  /// Over all lists, the one that failed among them.
  var bytesSent: Int

  var description: String {
    guard let action else { return stopped.map { "\($0) before connecting" } ?? reason }
    let text = stopped.map { "\($0) while \(action)" } ?? "\(action) failed: \(reason)"
    return "\(text); \(bytesSent.counted("byte")) sent"
  }

  /// How a run ended that was ended by a signal or the clock; nil for one that failed.
  private var stopped: String? {
    switch outcome {
    case .timedOut: "timed out"
    case .interrupted: "interrupted"
    case .terminated: "terminated"
    default: nil
    }
  }

  private var reason: String {
    guard let error = cause as? SocketError else { return cause.map { "\($0)" } ?? "\(outcome)" }
    return error.errno == 0 ? "\(error.code)" : "\(SystemError(errno: error.errno)), \(error.code)"
  }

  /// Whether the peer ended the connection, so that reading from it does not wait.
  static func isEndOfConnection(_ error: any Error) -> Bool {
    guard let code = (error as? SocketError)?.code else { return false }
    return [.shutdown, .connectionReset, .notConnected].contains(code)
  }
}

/// An error of the system in its own words.
struct SystemError: Error, Hashable, CustomStringConvertible {
  var errno: CInt

  var description: String { String(cString: strerror(errno)) }
}
