// SPDX-License-Identifier: Apache-2.0
// No async send takes a SpanList: in an async function it is an error, with and without `await`.

import SocketSend
import SocketSendAsync

func send(_ bytes: [UInt8], on socket: Socket, to address: SocketAddress) async throws {
  var list = SpanList()
  list.append(bytes.span)
  _ = try socket.send(list)  // expect: error: no async send takes a SpanList
  _ = try await socket.send(list)  // expect: error: no async send takes a SpanList
  _ = try socket.send(list, skipping: 1, to: address)  // expect: error: no async send takes a SpanList
  _ = try socket.descriptor.send(list)  // expect: error: no async send takes a SpanList
  try await socket.send([bytes])  // expect: async
}

func sendBlocking(_ bytes: [UInt8], on socket: Socket) throws {
  var list = SpanList()
  list.append(bytes.span)
  _ = try socket.send(list)  // expect: blocks
  _ = try socket.descriptor.send(list)  // expect: blocks
}
