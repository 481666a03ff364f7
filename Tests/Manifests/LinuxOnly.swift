// SPDX-License-Identifier: Apache-2.0
// A program that has SocketSend where its manifest's condition is met.

#if canImport(SocketSend)
  import SocketSend

  let (client, server) = try Socket.pair()
  _ = try client.send([Array("with it".utf8)[...]])
  print(String(decoding: try server.receive(upTo: 99), as: UTF8.self))
#else
  print("without it")
#endif
