// SPDX-License-Identifier: Apache-2.0

// Block: func put()
let listener = try listening(at: .ipv4("127.0.0.1", port: 8080))
let server = Peer { try whole(listener.accept()) }
try put()
print(server.text)
//> 52 bytes
//> PUT /a HTTP/1.1
//> Host: x
//> Content-Length: 5
//>
//> hello

// Block: func sendWithoutWaiting(
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
try sendWithoutWaiting(large.map { $0[...] }, on: socket)
socket.close()
print("all arrived: \(peer.bytes == Array(large.joined()))")
//> all arrived: true

// Block: func report(
let receiver = try datagrams(at: 5353)
try report([1, 2], [3])
print(try receiver.receive(upTo: 9))
//> [1, 2, 3]

// Block: func readable(
let (socket, other) = try Socket.pair()
let (quiet, silent) = try Socket.pair()
print(try readable([socket, quiet], within: 0).count)
try other.send([1])
print(try readable([quiet, socket], within: 20_000).map { $0 === socket }, silent.isClosed)
//> 0
//> [true] false

// Block: func peek(
let (socket, other) = try Socket.pair()
try other.send([1, 2, 3])
print(try peek(at: socket, upTo: 2), try socket.receive(upTo: 9))
//> [1, 2] [1, 2, 3]

// Block: func sendFile(
import Foundation

let (socket, other) = try Socket.pair()
try Data("file".utf8).write(to: URL(fileURLWithPath: "/run/page.html"))
print(try sendFile("/run/page.html", after: Array("header ".utf8), on: socket), text(of: try other.receive(upTo: 99)))
//> 11 header file
