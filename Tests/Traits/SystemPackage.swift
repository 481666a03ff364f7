// SPDX-License-Identifier: Apache-2.0

import SocketSend
import SocketSendSystemPackage
import SystemPackage

do {
  let (sender, receiver) = try Socket.pair()
  let descriptor = FileDescriptor(sender.descriptor)
  let sent = try SocketDescriptor(descriptor).send([[1], [2]])
  precondition(sent == 2)
  let received = try receiver.receive(upTo: 99)
  precondition(received == [1, 2])
  receiver.close()
  do {
    _ = try sender.send([[1]])
  } catch {
    precondition(Errno(error) == .brokenPipe)
    print("SystemPackage: sent")
  }
}
