// SPDX-License-Identifier: Apache-2.0

// Block: func reply(
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
try await reply(large.map { $0[...] }, on: socket)
socket.close()
print("all arrived: \(peer.bytes == Array(large.joined()))")

let (full, unread) = try Socket.pair()
let task = Task { try await reply(large.map { $0[...] }, on: full) }
task.cancel()
do {
  try await task.value
} catch let error as SocketError {
  full.close()
  print("arrived as counted: \(try whole(unread).count == error.bytesSent)")
}
//> all arrived: true
//> cancelled; * bytes went, and * segments are left
//> arrived as counted: true
