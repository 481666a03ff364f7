// SPDX-License-Identifier: Apache-2.0
// The closure decides which send is meant, and not the function around it: an asynchronous closure awaits, a synchronous one
// blocks. So a closure that runs on a thread of its own may block, also where an async function starts it.

import Dispatch
import Foundation
import SocketSend
import SocketSendAsync

func onThreads(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws -> Int {
  let thread = Thread { _ = try? socket.send(list) }  // expect: blocks
  thread.start()
  DispatchQueue.global().async { _ = try? socket.send(list) }  // expect: blocks
  return try await withCheckedThrowingContinuation { continuation in
    DispatchQueue.global().async { continuation.resume(with: Result { try socket.send(list) }) }  // expect: blocks
  }
}

func inTasks(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws {
  let task = Task { try await socket.send(list) }  // expect: async
  _ = try await task.value
  async let sent = socket.send(list)  // expect: async
  _ = try await sent
  await withTaskGroup { group in
    group.addTask { _ = try? await socket.send(list) }  // expect: async
  }
}

// A closure without `await` is not asynchronous by itself; a task makes it so, and the send in it an error.
func inTasksWithoutAwait(_ list: [ArraySegment<UInt8>], on socket: Socket) {
  Task { _ = try? socket.send(list) }  // expect: error: import SocketSendAsync and await it
  Task.detached { _ = try? socket.send(list) }  // expect: error: import SocketSendAsync and await it
}

// What the compiler does not notice: a synchronous closure or function that the async function itself calls blocks.
func inSynchronousClosure(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws -> [Int] {
  try [1, 2].map { _ in try socket.send(list) }  // expect: blocks
}

func atTheEnd(_ list: [ArraySegment<UInt8>], on socket: Socket) async {
  defer { _ = try? socket.send(list) }  // expect: error: import SocketSendAsync and await it
  await Task.yield()
}
