// SPDX-License-Identifier: Apache-2.0

// Copies every line of a file into a table `lines (number, line)` by PostgreSQL's wire protocol: COPY FROM STDIN in binary
// form, where a row is a segment made for it and the line as it is. The server has to trust the connection.

import Common
import SocketSend

func bigEndian<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
  (0..<Number.bitWidth / 8).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
}

/// A message's head: its type and its length, which counts itself.
func head(_ type: Character, bodyCount: Int) -> [UInt8] {
  [type.asciiValue!] + bigEndian(Int32(4 + bodyCount))
}

func message(_ type: Character, _ body: [UInt8] = []) -> ArraySegment<UInt8> {
  (head(type, bodyCount: body.count) + body)[...]
}

func text(_ string: String) -> [UInt8] { string.utf8 + [0] }

func startUp(user: String, database: String) -> ArraySegment<UInt8> {
  let version: Int32 = 3 << 16
  let body = bigEndian(version) + ["user", user, "database", database].flatMap(text) + [0]
  return (bigEndian(Int32(4 + body.count)) + body)[...]
}

/// One row as a message of COPY's data: the number of its fields, and each field with its length before it.
func row(number: Int32, line: ArraySegment<UInt8>) -> [ArraySegment<UInt8>] {
  let fields = bigEndian(Int16(2)) + bigEndian(Int32(4)) + bigEndian(number) + bigEndian(Int32(line.count))
  return [(head("d", bodyCount: fields.count + line.count) + fields)[...], line]
}

extension Connection {
  /// Reads messages up to one of `type` and returns its body; an error the server reports is thrown.
  mutating func message(_ type: Character) throws -> ArraySlice<UInt8> {
    while true {
      let head = Array(try bytes(5))
      let body = try bytes(head[1...].reduce(0) { $0 << 8 | Int($1) } - 4)
      switch Character(UnicodeScalar(head[0])) {
      case type: return body
      case "E":
        // Fields, each a letter and a text: M is the message.
        let fields = body.split(separator: 0)
        let message = fields.first { $0.first == UInt8(ascii: "M") } ?? []
        throw Failure("PostgreSQL: \(String(decoding: message.dropFirst(), as: UTF8.self))")
      default: break
      }
    }
  }
}

runProgram("postgresql ADDRESS USER DATABASE FILE") { arguments in
  let lines = try lines(ofFile: arguments[3])
  var server = try Connection(to: arguments[0])

  try server.socket.send([startUp(user: arguments[1], database: arguments[2])])
  let authentication = try server.message("R")
  guard authentication.allSatisfy({ $0 == 0 }) else { throw Failure("the server wants a password") }
  _ = try server.message("Z")

  try server.socket.send([
    message("Q", text("CREATE TABLE IF NOT EXISTS lines (number integer PRIMARY KEY, line bytea NOT NULL)"))
  ])
  _ = try server.message("Z")

  try server.socket.send([message("Q", text("COPY lines FROM STDIN (FORMAT binary)"))])
  _ = try server.message("G")

  var copy = [message("d", "PGCOPY\n".utf8 + [0xff, 0x0d, 0x0a, 0] + bigEndian(Int32(0)) + bigEndian(Int32(0)))]
  for (index, line) in lines.enumerated() { copy += row(number: Int32(index), line: line) }
  copy += [message("d", bigEndian(Int16(-1))), message("c")]
  let sent = try server.socket.send(copy)
  print("sent \(lines.count) rows, \(copy.count) segments, \(sent) bytes")

  let tag = String(decoding: try server.message("C").dropLast(), as: UTF8.self)
  print("PostgreSQL: \(tag)")
  try server.socket.send([message("X")])
}
