// SPDX-License-Identifier: Apache-2.0

import Logging
import SocketSend
import SocketSendLogging

do {
  let (sender, receiver) = try Socket.pair()
  var logger = Logger(label: "sends")
  logger.logLevel = .debug
  SendTrace.observe { [logger] in logger.log($0) }
  _ = try sender.send([[1]])
  SendTrace.observe(nil)
  let received = try receiver.receive(upTo: 99)
  precondition(received == [1])
  print("Logging: sent")
}
