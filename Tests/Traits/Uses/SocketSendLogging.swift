// SPDX-License-Identifier: Apache-2.0

// Block: func logSends(
var logger = Logger(label: "sends") { StreamLogHandler.standardOutput(label: $0) }
logger.logLevel = .debug
logSends(to: logger)
let (socket, other) = try Socket.pair()
_ = try socket.send([[1, 2], [3]])
print(try other.receive(upTo: 9))
other.close()
_ = try? socket.send([[4]])
//> * debug sends*accepted=3*outcome=ok*
//> [1, 2, 3]
//> * warning sends*accepted=0*outcome=shutdown*
