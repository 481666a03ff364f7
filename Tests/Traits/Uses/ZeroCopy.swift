// SPDX-License-Identifier: Apache-2.0

// Block: func serve(
let (socket, other) = try Socket.pair()
print(try serve("head ", [65, 66], on: socket), text(of: try other.receive(upTo: 8)))
//> true head AB
