// SPDX-License-Identifier: Apache-2.0
// A file that imports SocketSendAsync: what waits for a connection or for bytes is async in an async function, also where the
// time-out, which only the async form has, is left out.

import SocketSend
import SocketSendAsync

func exchange(_ socket: Socket, _ listener: Socket, at address: SocketAddress) async throws {
  try await socket.connect(to: address)  // expect: async
  try await socket.connect(to: address, timeout: .seconds(1))  // expect: async
  _ = try await Socket.connected(toHost: "localhost", port: 80)  // expect: async
  _ = try await Socket.connected(toHost: "localhost", port: 80, kind: .datagram)  // expect: async
  _ = try await listener.accept()  // expect: async
  _ = try await socket.receive(upTo: 9)  // expect: async
  _ = try socket.receive(upTo: 9)  // expect: error: not marked with 'await'
  _ = try await SocketAddress.lookUp(host: "localhost", port: 80)  // expect: async
}

func exchangeBlocking(_ socket: Socket, _ listener: Socket, at address: SocketAddress) throws {
  try socket.connect(to: address)  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: blocks
  _ = try listener.accept()  // expect: blocks
  _ = try socket.receive(upTo: 9)  // expect: blocks
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: blocks
}
