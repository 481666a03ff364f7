// SPDX-License-Identifier: Apache-2.0

// Block: func countSends()
MetricsSystem.bootstrap(PrintedMetrics())
countSends()
let (socket, other) = try Socket.pair(.datagram)
_ = try socket.send([[1, 2], [3]])
print(try other.receive(upTo: 9))
//> socketsend_bytes_sent server=edge 3
//> socketsend_datagrams_sent server=edge 1
//> [1, 2, 3]
