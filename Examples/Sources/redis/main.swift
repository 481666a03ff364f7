// SPDX-License-Identifier: Apache-2.0

// Stores every line of a file in Redis under a key of its own: a pipeline of SET commands, sent as one list. The lines are
// not copied: each is a segment, between one that holds its command and one that all commands share.

import Common
import SocketSend

runProgram("redis ADDRESS FILE") { arguments in
  let lines = try lines(ofFile: arguments[1])
  var redis = try Connection(to: arguments[0])
  let end = bytes("\r\n")

  var sets: [ArraySegment<UInt8>] = []
  for (number, line) in lines.enumerated() {
    let key = "line:\(number)"
    sets += [bytes("*3\r\n$3\r\nSET\r\n$\(key.utf8.count)\r\n\(key)\r\n$\(line.count)\r\n"), line, end]
  }
  // Redis keeps the answers in its own memory until they are read, so it takes a pipeline of any length.
  let sent = try redis.socket.send(sets)
  print("sent \(lines.count) SET commands, \(sets.count) segments, \(sent) bytes")

  for number in lines.indices {
    let answer = try redis.line()
    guard answer == "+OK" else { throw Failure("SET line:\(number): \(answer)") }
  }

  try redis.socket.send(
    lines.indices.map { number in bytes("*2\r\n$3\r\nGET\r\n$\("line:\(number)".utf8.count)\r\nline:\(number)\r\n") })
  for (number, line) in lines.enumerated() {
    let answer = try redis.line()
    guard answer == "$\(line.count)", try redis.bytes(line.count) == line, try redis.bytes(2) == end else {
      throw Failure("line:\(number) came back changed")
    }
  }
  print("read \(lines.count) values back, all equal")
}
