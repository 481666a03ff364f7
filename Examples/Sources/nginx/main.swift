// SPDX-License-Identifier: Apache-2.0

// Uploads a file to an HTTP server twice, cut into 3000 segments: with a length before it, and in chunks. Then fetches it by
// requests that follow each other on the same connection without waiting.

import Common
import SocketSend

/// Cuts `bytes` into `count` pieces, the first ones short or empty, each later one longer.
func pieces(of bytes: [UInt8], count: Int) -> [ArraySegment<UInt8>] {
  func border(_ index: Int) -> Int { Int(Double(index * index) / Double(count * count) * Double(bytes.count)) }
  return (0..<count).map { bytes[border($0)..<border($0 + 1)] }
}

extension HTTPClient {
  mutating func requireStored() throws {
    let status = try response().status
    guard status == 201 || status == 204 else { throw Failure("PUT: status \(status)") }
  }

  mutating func requireBody(_ bytes: [UInt8]) throws {
    let response = try response()
    guard response.status == 200, response.body == bytes[...] else { throw Failure("GET: status \(response.status)") }
  }
}

runProgram("nginx ADDRESS FILE") { arguments in
  let file = try contents(ofFile: arguments[1])
  let body = pieces(of: file, count: 3000)
  let end = bytes("\r\n")
  var client = try HTTPClient(to: arguments[0])

  var sent = try client.connection.socket.send(
    client.head("PUT", "/by-length", "Content-Length: \(file.count)\r\n") + body)
  try client.requireStored()
  print("PUT /by-length: head and \(body.count) segments, \(sent) bytes")

  // A chunk of no bytes would be the end of the body.
  let chunks = body.filter { !$0.isEmpty }
  sent = try client.connection.socket.send(
    client.head("PUT", "/by-chunks", "Transfer-Encoding: chunked\r\n")
      + chunks.flatMap { [bytes(String($0.count, radix: 16) + "\r\n"), $0, end] } + [bytes("0\r\n\r\n")])
  try client.requireStored()
  print("PUT /by-chunks: head and \(chunks.count) chunks, \(sent) bytes")

  let paths = (0..<100).map { $0 % 2 == 0 ? "/by-length" : "/by-chunks" }
  for path in paths.prefix(10) {
    try client.connection.socket.send(client.head("GET", path))
    try client.requireBody(file)
  }
  sent = try client.connection.socket.send(paths.flatMap { client.head("GET", $0) })
  for _ in paths { try client.requireBody(file) }
  print("GET: 10 requests one by one and \(paths.count) in one list, all on one connection, all equal")
}
