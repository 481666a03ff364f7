// SPDX-License-Identifier: Apache-2.0

// Block: func ask(
let listener = try Socket(.ipv4, .stream)
try listener.bind(to: .ipv4("127.0.0.1", port: 0))
try listener.listen()
let server = Peer {
  let client = try listener.accept()
  let question = try client.receive(upTo: 99)
  _ = try client.send([Array("answer to ".utf8), question])
  return question
}
let port = try listener.localAddress.port!
print(text(of: try ask(Array("a question".utf8), host: "localhost", port: port)), server.bytes!.count)
//> answer to a question
//>  11

// Block: func sendAll(
let (socket, other) = try Socket.pair()
socket.sendTimeout = .milliseconds(5)
var received: [UInt8] = []
try sendAll(large.map { $0[...] }, on: socket, whenFull: { received += try! other.receive(upTo: 1 << 20) })
socket.close()
print("after time-outs: \(!received.isEmpty), in all: \(received + (try whole(other)) == Array(large.joined()))")
//> after time-outs: true, in all: true

// Block: func sendOrGiveUp(
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
print(try sendOrGiveUp(large, on: socket, attempts: 1))
socket.close()
print("all arrived: \(peer.bytes == Array(large.joined()))")

let (full, unread) = try Socket.pair()
full.sendTimeout = .milliseconds(5)
let sent = try sendOrGiveUp(large, on: full, attempts: 3)
full.close()
let received = try whole(unread)
print("gave up: \(sent < large.byteCount), arrived as counted: \(received == Array(large.joined().prefix(sent)))")
//> 10000000
//> all arrived: true
//> gave up: true, arrived as counted: true
