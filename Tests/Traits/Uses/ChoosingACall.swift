// SPDX-License-Identifier: Apache-2.0

// Block: func answer(_ body: [UInt8]
let (socket, other) = try Socket.pair()
try answer(Array("0123456789.".utf8), on: socket)
print(text(of: try other.receive(upTo: 999)))
//> 0123456789.0123456789.0123456789.HTTP/1.1 200 OK
//>
//> 0123456789.
//> 0123456789.

// Block: func answer(_ headers:
let (socket, other) = try Socket.pair()
try answer([("Server", "a"), ("Date", "today")], Array("body".utf8), on: socket)
print(text(of: try other.receive(upTo: 999)))
//> HTTP/1.1 200 OK
//> Server: a
//> Date: today
//> Content-Length: 4
//>
//> body

// Block: struct Message: ByteSegment
let (socket, other) = try Socket.pair()
try sendAll([Message(name: "one", body: Array("body".utf8))], on: socket)
print(text(of: try other.receive(upTo: 99)))
//> one: 4
//> body

// Block: func notify(
let (socket, other) = try Socket.pair()
print(try notify(socket.descriptor.rawValue, segments("a ", "notice")), text(of: try other.receive(upTo: 99)))
//> 8 a notice

// Block: func reply(
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
try await reply(large.map { $0[...] }, on: socket)
socket.close()
print("all arrived: \(peer.bytes == Array(large.joined()))")
//> all arrived: true
