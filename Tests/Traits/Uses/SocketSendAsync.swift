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

// Block: func serve(on listener
func askServer() async throws {
  let listener = try Socket(.ipv4, .stream)
  try listener.bind(to: .ipv4("127.0.0.1", port: 0))
  try listener.listen()
  let server = Task { await serve(on: listener) }
  let client = try await Socket.connected(toHost: "127.0.0.1", port: listener.localAddress.port!)
  _ = try await client.send([Array("hello".utf8)])
  print(String(decoding: try await client.receive(upTo: 100), as: UTF8.self))
  client.close()
  listener.close()
  await server.value
}
try await askServer()
//> you said: hello
