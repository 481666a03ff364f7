// SPDX-License-Identifier: Apache-2.0

import NIOCore
import SocketSend
import SocketSendNIO

do {
  let (sender, receiver) = try Socket.pair()
  let buffer = ByteBuffer(string: "hello")
  let sent = try sender.send([buffer, buffer])
  precondition(sent == 10)
  let received = try receiver.receive(upTo: 99)
  precondition(received == Array("hellohello".utf8))
  print("NIO: sent")
}
