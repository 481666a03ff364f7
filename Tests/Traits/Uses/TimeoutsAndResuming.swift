// SPDX-License-Identifier: Apache-2.0

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
