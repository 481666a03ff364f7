// SPDX-License-Identifier: Apache-2.0

// Block: func ask(_ question:
let listener = try listening(at: .ipv4("127.0.0.1", port: 0))
let server = Peer {
  let client = try listener.accept()
  let question = try client.receive(upTo: 99)
  try client.send(["answer to ", question])
  return question
}
let port = try listener.localAddress.port!
print(text(of: try await ask(segments("what", " now"), host: "localhost", port: port)), server.bytes!.count)
//> answer to what now 8
