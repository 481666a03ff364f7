// SPDX-License-Identifier: Apache-2.0

// Block: func runServer(port: UInt16)
func askServer() async throws {
  let server = Task { try await runServer(port: 8080) }
  var client: Socket?
  while client == nil { client = try? await Socket.connected(toHost: "127.0.0.1", port: 8080) }
  _ = try await client!.send(["one\ntwo\nth", "ree\n"])
  var answers = ""
  while answers.count < 44 { answers += String(decoding: try await client!.receive(upTo: 100), as: UTF8.self) }
  print(answers)
  server.cancel()
  try await server.value
}
try await askServer()
//> you said: one
//> you said: two
//> you said: three

// Block: func ask(_ question: String, port: UInt16)
let listener = try Socket(.ipv4, .stream)
try listener.bind(to: .ipv4("127.0.0.1", port: 0))
try listener.listen()
let server = Task {
  let connection = try await listener.accept()
  let question = try await connection.receive(upTo: 100)
  try await connection.send(["you ", "said: "])
  try await connection.send(question)
}
print(try await ask("hello", port: try listener.localAddress.port!))
try await server.value
//> you said: hello
