// SPDX-License-Identifier: Apache-2.0

// Block: func sendBoth(
import SocketSend

let (socket, other) = try Socket.pair()
let one = segments("one ")[0]
let another = segments("and the other")[0]
let (error, sent) = one.withUnsafeBytes { one in
  another.withUnsafeBytes { sendBoth(one, $0, on: socket.descriptor.rawValue) }
}
print(error, sent, text(of: try other.receive(upTo: 99)))
//> 0 17 one and the other
