// SPDX-License-Identifier: Apache-2.0
// Nobody imports SocketSendAsync: no send can be called in an async function, and the message says what to do.

import SocketSend

func send(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on socket: Socket, to address: SocketAddress) async throws {
  let mixed: [any ByteSegment] = ["text".utf8, [1, 2] as [UInt8]]
  _ = try socket.send(slices)  // expect: error: import SocketSendAsync and await it
  _ = try await socket.send(slices)  // expect: error: import SocketSendAsync and await it
  _ = try socket.send(arrays)  // expect: error: import SocketSendAsync and await it
  _ = try socket.send(mixed)  // expect: error: import SocketSendAsync and await it
  _ = try socket.send(slices, to: address)  // expect: error: import SocketSendAsync and await it
  _ = try socket.send(arrays, to: address)  // expect: error: import SocketSendAsync and await it
  _ = try socket.send(mixed, to: address)  // expect: error: import SocketSendAsync and await it
  try socket.send("text")  // expect: error: import SocketSendAsync and await it
  try socket.send(arrays[0])  // expect: error: import SocketSendAsync and await it
  try socket.send(["text", arrays[0]])  // expect: error: import SocketSendAsync and await it
}

func send(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on descriptor: SocketDescriptor) async throws {
  _ = try descriptor.send(slices)  // expect: error: import SocketSendAsync and await it
  _ = try descriptor.send(arrays)  // expect: error: import SocketSendAsync and await it
  let mixed: [any ByteSegment] = ["text".utf8, arrays[0]]
  _ = try descriptor.send(mixed)  // expect: error: import SocketSendAsync and await it
  try descriptor.send("text")  // expect: error: import SocketSendAsync and await it
  try descriptor.send(["text", arrays[0]])  // expect: error: import SocketSendAsync and await it
}

func sendBlocking(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on socket: Socket) throws {
  _ = try socket.send(slices)  // expect: blocks
  _ = try socket.descriptor.send(arrays)  // expect: blocks
  try socket.send(["text", arrays[0]])  // expect: blocks
}
