// SPDX-License-Identifier: Apache-2.0

// Block: func send(_ list: [ArraySegment<UInt8>], on socket: Socket, orCloseAfter seconds: Int)
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
try send(large.map { $0[...] }, on: socket, orCloseAfter: 60)
socket.close()
print("all arrived: \(peer.bytes == Array(large.joined()))")

let (full, unread) = try Socket.pair()
do {
  try send(large.map { $0[...] }, on: full, orCloseAfter: 1)
} catch {
  print("arrived as counted: \(try whole(unread).count == error.bytesSent)")
}
//> all arrived: true
//> closed; * bytes had been sent
//> arrived as counted: true
