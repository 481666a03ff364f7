// SPDX-License-Identifier: Apache-2.0
// A file that imports SocketSendAsync: what waits for a connection or for bytes is async in an async function and blocks in another one,
// with and without a time-out.

import SocketSend
import SocketSendAsync

func exchange(_ socket: Socket, _ listener: Socket, at address: SocketAddress) async throws {
  var buffer: [UInt8] = [0]
  try await socket.connect(to: address)  // expect: async
  try await socket.connect(to: address, timeout: .seconds(1))  // expect: async
  _ = try await Socket.connected(toHost: "localhost", port: 80)  // expect: async
  _ = try await Socket.connected(toHost: "localhost", port: 80, kind: .datagram)  // expect: async
  _ = try await Socket.connected(toHost: "localhost", port: 80, timeout: .seconds(1))  // expect: async
  _ = try await listener.accept()  // expect: async
  _ = try await listener.accept(timeout: .seconds(1))  // expect: async
  _ = try await socket.receive(upTo: 9)  // expect: async
  _ = try await socket.receive(upTo: 9, timeout: .seconds(1))  // expect: async
  _ = try await socket.receive(into: &buffer)  // expect: async
  _ = try await socket.receive(into: &buffer, timeout: .seconds(1))  // expect: async
  _ = try await socket.receiveFrom(upTo: 9)  // expect: async
  _ = try await socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: async
  _ = try socket.receive(upTo: 9)  // expect: error: not marked with 'await'
  _ = try socket.receive(into: &buffer)  // expect: error: not marked with 'await'
  _ = try socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: error: not marked with 'await'
  _ = try listener.accept(timeout: .seconds(1))  // expect: error: not marked with 'await'
  try socket.connect(to: address, timeout: .seconds(1))  // expect: error: not marked with 'await'
  _ = try await SocketAddress.lookUp(host: "localhost", port: 80)  // expect: async
}

func exchangeBlocking(_ socket: Socket, _ listener: Socket, at address: SocketAddress) throws {
  var buffer: [UInt8] = [0]
  try socket.connect(to: address)  // expect: blocks
  try socket.connect(to: address, timeout: .seconds(1))  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80, timeout: .seconds(1))  // expect: blocks
  _ = try listener.accept()  // expect: blocks
  _ = try listener.accept(timeout: .seconds(1))  // expect: blocks
  _ = try socket.receive(upTo: 9)  // expect: blocks
  _ = try socket.receive(upTo: 9, timeout: .seconds(1))  // expect: blocks
  _ = try socket.receive(into: &buffer)  // expect: blocks
  _ = try socket.receive(into: &buffer, timeout: .seconds(1))  // expect: blocks
  _ = try socket.receiveFrom(upTo: 9)  // expect: blocks
  _ = try socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: blocks
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: blocks
}
