// SPDX-License-Identifier: Apache-2.0

// Stores every line of a file in memcached under a key of its own, by the ASCII protocol, and reads all back.

import Common
import SocketSend

// memcached reads no further while its answers are not read: a list of this many commands leaves them room.
let commandsAtOnce = 1000
let keysAtOnce = 100

runProgram("memcached ADDRESS FILE") { arguments in
  let lines = try lines(ofFile: arguments[1])
  var memcached = try Connection(to: arguments[0])
  let end = bytes("\r\n")

  for first in stride(from: 0, to: lines.count, by: commandsAtOnce) {
    let numbers = first..<min(first + commandsAtOnce, lines.count)
    try memcached.socket.send(
      numbers.flatMap { number in [bytes("set line:\(number) 0 0 \(lines[number].count)\r\n"), lines[number], end] })
    for number in numbers {
      let answer = try memcached.line()
      guard answer == "STORED" else { throw Failure("set line:\(number): \(answer)") }
    }
  }
  print("stored \(lines.count) values")

  for first in stride(from: 0, to: lines.count, by: keysAtOnce) {
    let numbers = first..<min(first + keysAtOnce, lines.count)
    try memcached.socket.send([bytes("get")] + numbers.map { bytes(" line:\($0)") } + [end])
    for number in numbers {
      let line = lines[number]
      let answer = try memcached.line()
      guard answer == "VALUE line:\(number) 0 \(line.count)" else { throw Failure("get line:\(number): \(answer)") }
      guard try memcached.bytes(line.count) == line, try memcached.bytes(2) == end else {
        throw Failure("line:\(number) came back changed")
      }
    }
    let answer = try memcached.line()
    guard answer == "END" else { throw Failure("'\(answer)' in the place of END") }
  }
  print("read \(lines.count) values back, all equal")
}
