// SPDX-License-Identifier: Apache-2.0

// Block: dependencies: [.package(name: "SocketSend", path: "../SocketSend", traits: ["NIO"])],
// Program: SocketSendNIO, func flush(_ pending: inout [ByteBuffer]

// Block: func flush(_ pending: inout [ByteBuffer]
let (socket, other) = try Socket.pair()
var pending = [ByteBuffer(string: "a buffer "), ByteBuffer(string: "and another")]
try flush(&pending, on: socket)
print(text(of: try other.receive(upTo: 99)), pending.count)
//> a buffer and another 0
