// SPDX-License-Identifier: Apache-2.0
// A file that imports SocketSendAsync: in an async function, each form of send is the async one and has to be awaited.

import SocketSend
import SocketSendAsync

func reply(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on socket: Socket) async throws {
  let mixed: [any ByteSegment] = ["text".utf8, [1, 2] as [UInt8]]
  _ = try await socket.send(slices)  // expect: async
  _ = try await socket.send(slices, flags: .doNotWait)  // expect: async
  _ = try await socket.send([[1], [2, 3]])  // expect: async
  _ = try await socket.send(arrays, skipping: 1)  // expect: async
  _ = try await socket.send(mixed)  // expect: async
  _ = try socket.send(slices)  // expect: error: not marked with 'await'
  try await socket.send("text")  // expect: async
  try await socket.send(arrays[0])  // expect: async
  try await socket.send(["text", arrays[0]])  // expect: async
  try await socket.send(arrays[0], timeout: .seconds(1))  // expect: async
  try socket.send("text")  // expect: error: not marked with 'await'
  try socket.send(["text", arrays[0]])  // expect: error: not marked with 'await'
}

func send(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on socket: Socket, to address: SocketAddress) async throws {
  _ = try await socket.send(slices, to: address)  // expect: async
  _ = try await socket.send(arrays, to: address)  // expect: async
  _ = try await socket.send([arrays[0], "text".utf8] as [any ByteSegment], to: address)  // expect: async
}

func reply(_ slices: [ArraySegment<UInt8>], _ arrays: [[UInt8]], on descriptor: SocketDescriptor) async throws {
  _ = try await descriptor.send(slices, timeout: .seconds(1))  // expect: async
  _ = try await descriptor.send(arrays, timeout: .seconds(1))  // expect: async
  let mixed: [any ByteSegment] = ["text".utf8, arrays[0]]
  _ = try await descriptor.send(mixed, timeout: .seconds(1))  // expect: async
  try await descriptor.send("text")  // expect: async
  try await descriptor.send(["text", arrays[0]])  // expect: async
}

func replyByZeroCopy(_ slices: [ArraySegment<UInt8>], on socket: Socket) async throws {
  _ = try socket.sendZeroCopy(slices)  // expect: error: unavailable from asynchronous contexts
}

func replyBlocking(_ slices: [ArraySegment<UInt8>], on socket: Socket) throws -> Int {
  try socket.send(slices)  // expect: blocks
}
