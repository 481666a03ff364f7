// SPDX-License-Identifier: Apache-2.0
// The top level of a main.swift with an `await` anywhere is asynchronous: a send without `await` would block.

import SocketSend

let (socket, other) = try Socket.pair()
_ = try socket.send([[1], [2]])  // expect: error: import SocketSendAsync and await it
await Task.yield()
