// SPDX-License-Identifier: Apache-2.0
// Nobody imports SocketSendAsync: what waits for a connection or for bytes cannot be called in an async function.

import SocketSend

func exchange(_ socket: Socket, _ listener: Socket, at address: SocketAddress) async throws {
  var buffer: [UInt8] = [0]
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: error: import SocketSendAsync and await it
  try socket.connect(to: address)  // expect: error: import SocketSendAsync and await it
  try socket.connect(to: address, timeout: .seconds(1))  // expect: error: import SocketSendAsync and await it
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: error: import SocketSendAsync and await it
  _ = try Socket.connected(toHost: "::1", port: 80, timeout: .zero)  // expect: error: import SocketSendAsync and await it
  _ = try listener.accept()  // expect: error: import SocketSendAsync and await it
  _ = try listener.accept(timeout: .seconds(1))  // expect: error: import SocketSendAsync and await it
  _ = try socket.receive(upTo: 9)  // expect: error: import SocketSendAsync and await it
  _ = try socket.receive(upTo: 9, timeout: .seconds(1))  // expect: error: import SocketSendAsync and await it
  _ = try socket.receive(into: &buffer)  // expect: error: import SocketSendAsync and await it
  _ = try socket.receiveFrom(upTo: 9)  // expect: error: import SocketSendAsync and await it
  _ = try socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: error: import SocketSendAsync and await it
  _ = try socket.poll(for: .data)  // expect: error: await an operation of SocketSendAsync
  _ = try await socket.receive(upTo: 9)  // expect: error: import SocketSendAsync and await it
  _ = try await socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: error: import SocketSendAsync and await it
}

func exchangeBlocking(_ socket: Socket, _ listener: Socket, at address: SocketAddress) throws {
  var buffer: [UInt8] = [0]
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: blocks
  try socket.connect(to: address)  // expect: blocks
  try socket.connect(to: address, timeout: .seconds(1))  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80, timeout: .seconds(1))  // expect: blocks
  _ = try listener.accept()  // expect: blocks
  _ = try listener.accept(timeout: .seconds(1))  // expect: blocks
  _ = try socket.receive(upTo: 9)  // expect: blocks
  _ = try socket.receive(upTo: 9, timeout: .seconds(1))  // expect: blocks
  _ = try socket.receive(into: &buffer)  // expect: blocks
  _ = try socket.receiveFrom(upTo: 9)  // expect: blocks
  _ = try socket.receiveFrom(upTo: 9, timeout: .seconds(1))  // expect: blocks
  _ = try socket.poll(for: .data, timeout: .seconds(1))  // expect: blocks
}
