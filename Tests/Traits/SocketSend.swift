// SPDX-License-Identifier: Apache-2.0

import SocketSend

// What a program writes that uses the library alone, and behind it what it writes with each trait.
do {
  let (sender, receiver) = try Socket.pair()
  let body: [UInt8] = [4, 5]
  var sent = try sender.send([[1, 2], [3]])
  sent += try sender.send([body, body])
  sent += try sender.send(["text".utf8, body[1...], "static" as StaticString])
  sent += try sender.descriptor.send([body], skipping: 1, timeout: .seconds(1))
  let expected = [1, 2, 3, 4, 5, 4, 5] + Array("text".utf8) + [5] + Array("static".utf8) + [5]
  let received = try receiver.receive(upTo: 99)
  precondition(received == expected && sent == expected.count)
  print("SocketSend: sent")
}
