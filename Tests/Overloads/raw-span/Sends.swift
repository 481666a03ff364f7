// SPDX-License-Identifier: Apache-2.0
// No async send takes a RawSpan: in an async function it is an error, with and without `await`.

import SocketSend
import SocketSendAsync

func send(_ bytes: [UInt8], on socket: Socket, to address: SocketAddress) async throws {
  _ = try socket.send(bytes.span.bytes)  // expect: error: no async send takes a RawSpan
  _ = try await socket.send(bytes.span.bytes)  // expect: error: no async send takes a RawSpan
  _ = try socket.send(bytes.span.bytes, to: address)  // expect: error: no async send takes a RawSpan
  _ = try socket.descriptor.send(bytes.span.bytes)  // expect: error: no async send takes a RawSpan
  _ = try await socket.send([bytes])  // expect: async
}

func sendBlocking(_ bytes: [UInt8], on socket: Socket) throws {
  _ = try socket.send(bytes.span.bytes)  // expect: blocks
  _ = try socket.descriptor.send(bytes.span.bytes)  // expect: blocks
}
