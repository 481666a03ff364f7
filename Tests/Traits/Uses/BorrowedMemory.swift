// SPDX-License-Identifier: Apache-2.0

// Block: func send(_ request
let (socket, other) = try Socket.pair()
print(try send(Request(head: "head ", parts: [[65, 66], [67]]), on: socket), text(of: try other.receive(upTo: 8)))
//> 12 head ABC
