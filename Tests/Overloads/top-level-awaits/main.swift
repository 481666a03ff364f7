// SPDX-License-Identifier: Apache-2.0
// The top level of a main.swift that awaits: Swift takes the send that blocks even here, which is an error.

import SocketSend
import SocketSendAsync

let (socket, other) = try Socket.pair()
let list: [ArraySegment<UInt8>] = [[1], [2]]
_ = try await socket.send(list)  // expect: error: import SocketSendAsync and await it
_ = try socket.send(list)  // expect: error: import SocketSendAsync and await it
try await socket.send("text")  // expect: error: import SocketSendAsync and await it
try await socket.send(["text", [1, 2] as [UInt8]])  // expect: error: import SocketSendAsync and await it
do { print(try await socket.send(list)) } catch {}  // expect: error: import SocketSendAsync and await it

// What to write instead.
func reply() async throws { _ = try await socket.send(list) }  // expect: async
try await reply()
let task = Task { try await socket.send(list) }  // expect: async
print(try await task.value)
func replyBlocking() throws { _ = try socket.send(list) }  // expect: blocks
try replyBlocking()
