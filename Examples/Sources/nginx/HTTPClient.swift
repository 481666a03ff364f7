// SPDX-License-Identifier: Apache-2.0

import Common
import SocketSend

/// An HTTP client on one connection that is kept alive.
struct HTTPClient {
  let host: String
  var connection: Connection

  init(to address: String) throws {
    host = address.hasPrefix("/") ? "localhost" : address
    connection = try Connection(to: address)
  }

  struct Response {
    var status: Int
    var body: ArraySegment<UInt8>
  }

  /// A request's head in four segments, of which the first and the third may be shared by many requests.
  func head(_ method: String, _ path: String, _ fields: String = "") -> [ArraySegment<UInt8>] {
    [bytes(method), bytes(" \(path) "), bytes("HTTP/1.1\r\nHost: \(host)\r\n"), bytes("\(fields)\r\n")]
  }

  /// The next response, whose body has to be as long as its head says.
  mutating func response() throws -> Response {
    let words = try connection.line().split(separator: " ")
    guard words.count >= 2, let status = Int(words[1]) else { throw Failure("no status line: \(words)") }
    var length = status == 204 ? 0 : nil
    while true {
      let field = try connection.line()
      if field.isEmpty { break }
      let parts = field.split(separator: ":", maxSplits: 1)
      if parts[0].lowercased() == "content-length" { length = Int(parts[1].drop { $0 == " " }) }
      if field.lowercased() == "connection: close" {
        throw Failure("status \(status), and the server closes the connection")
      }
    }
    guard let length else { throw Failure("status \(status) without a length") }
    return Response(status: status, body: try connection.bytes(length))
  }
}
