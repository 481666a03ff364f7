// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// One line for a person: what was being done, why it failed, and how much had been sent over the connection.
struct SendFailure: Error, CustomStringConvertible {
  var action: String
  var cause: any Error
  /// Over all lists, the one that failed among them.
  var bytesSent: Int

  var description: String { "\(action) failed: \(reason); \(bytesSent.counted("byte")) sent" }

  private var reason: String {
    guard let error = cause as? SocketError else { return "\(cause)" }
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
