// SPDX-License-Identifier: Apache-2.0
// A synchronous method of an actor may block, and so blocks a thread of Swift's concurrency; an async one awaits.

import SocketSend
import SocketSendAsync

actor Connection {
  let socket: Socket
  init(_ socket: Socket) { self.socket = socket }

  func reply(_ list: [ArraySegment<UInt8>]) async throws -> Int { try await socket.send(list) }  // expect: async

  func replyBlocking(_ list: [ArraySegment<UInt8>]) throws -> Int { try socket.send(list) }  // expect: blocks
}

@MainActor func reply(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws -> Int {
  try await socket.send(list)  // expect: async
}
