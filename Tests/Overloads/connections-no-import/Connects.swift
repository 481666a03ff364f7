// SPDX-License-Identifier: Apache-2.0
// Nobody imports SocketSendAsync: what waits for a connection or for bytes cannot be called in an async function.

import SocketSend

func exchange(_ socket: Socket, _ listener: Socket, at address: SocketAddress) async throws {
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: error: import SocketSendAsync and await it
  try socket.connect(to: address)  // expect: error: import SocketSendAsync and await it
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: error: import SocketSendAsync and await it
  _ = try listener.accept()  // expect: error: import SocketSendAsync and await it
  _ = try socket.receive(upTo: 9)  // expect: error: import SocketSendAsync and await it
  _ = try await socket.receive(upTo: 9)  // expect: error: import SocketSendAsync and await it
}

func exchangeBlocking(_ socket: Socket, _ listener: Socket, at address: SocketAddress) throws {
  _ = try SocketAddress.lookUp(host: "localhost", port: 80)  // expect: blocks
  try socket.connect(to: address)  // expect: blocks
  _ = try Socket.connected(toHost: "localhost", port: 80)  // expect: blocks
  _ = try listener.accept()  // expect: blocks
  _ = try socket.receive(upTo: 9)  // expect: blocks
}
