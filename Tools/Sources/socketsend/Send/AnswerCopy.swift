// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// Copies what the server says.
enum AnswerCopy {
  /// Returns once the server has ended its side of the connection.
  static func toStandardOutput(from socket: Socket) throws {
    while true {
      let bytes = try socket.receive(upTo: 65_536)
      if bytes.isEmpty { return }
      try FileHandle.standardOutput.write(contentsOf: bytes)
    }
  }
}
