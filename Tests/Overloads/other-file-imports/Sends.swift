// SPDX-License-Identifier: Apache-2.0
// See Imports.swift. With the feature MemberImportVisibility the async send is not seen here, and an async function that sends is
// an error.

import SocketSend

func awaiting(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws {
  _ = try await socket.send(list)  // expect: async; MemberImportVisibility: error: import SocketSendAsync and await it
}

func notAwaiting(_ list: [ArraySegment<UInt8>], on socket: Socket) async throws {
  _ = try socket.send(list)  // expect: error: 'await'; MemberImportVisibility: error: import SocketSendAsync
}

func blocking(_ list: [ArraySegment<UInt8>], on socket: Socket) throws {
  _ = try socket.send(list)  // expect: blocks
}
