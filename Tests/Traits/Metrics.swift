// SPDX-License-Identifier: Apache-2.0

import CoreMetrics
import SocketSend
import SocketSendMetrics

do {
  let (sender, receiver) = try Socket.pair()
  let metrics = SendMetrics()
  SendTrace.observe { metrics.record($0) }
  _ = try sender.send([[1]])
  SendTrace.observe(nil)
  let received = try receiver.receive(upTo: 99)
  precondition(received == [1])
  print("Metrics: sent")
}
