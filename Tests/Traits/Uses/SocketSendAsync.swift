// SPDX-License-Identifier: Apache-2.0

// Block: func reply(
print("all arrived: \(try await arrivesWhole { try await reply($0, on: $1) })")

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
