// SPDX-License-Identifier: Apache-2.0

// Block: if trace.error?.code == .timedOut
let (socket, other) = try Socket.pair()
_ = try socket.send([[1]])
socket.sendTimeout = .milliseconds(20)
do {
  _ = try socket.send(large)
} catch {
  socket.close()
  print("arrived as counted: \(try whole(other).count == 1 + error.bytesSent)")
}
//> * of 10000000 bytes in * seconds, * waits
//> arrived as counted: true

// Block: func watchSends(
import CoreMetrics

MetricsSystem.bootstrap(PrintedMetrics())
watchSends(Logger(label: "sends") { StreamLogHandler.standardOutput(label: $0) })
let (socket, other) = try Socket.pair()
_ = try socket.send([[1, 2], [3]])
other.close()
_ = try? socket.send([[4]])
//> socketsend_bytes_sent 3
//> * warning sends*accepted=0*outcome=shutdown*
