// SPDX-License-Identifier: Apache-2.0
// The top level of a main.swift without any `await` is synchronous, and a send there blocks, whatever is imported.

import SocketSend
import SocketSendAsync

let (socket, other) = try Socket.pair()
_ = try socket.send([[1], [2]])  // expect: blocks
_ = try socket.send([1, 2, 3].span.bytes)  // expect: blocks
