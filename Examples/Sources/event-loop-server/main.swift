// SPDX-License-Identifier: Apache-2.0

// An HTTP server on 127.0.0.1 with an event loop of its own: one thread, which waits in epoll and nowhere else. Every path answers
// with the file. A connection that is idle, or that reads its answers too slowly, is closed after SECONDS. More clients than
// CONNECTIONS wait until others leave. SIGINT and SIGTERM end the server in order; then it says what it served.

import Common
import ServedPage

runProgram("event-loop-server PORT FILE [CONNECTIONS] [SECONDS]") { arguments in
  guard let port = UInt16(arguments[0]) else { throw Failure("'\(arguments[0])' is no port") }
  let page = try Page(ofFile: arguments[1])
  let patience = Duration.seconds(try number(arguments, at: 3, otherwise: 10))
  let connections = min(try number(arguments, at: 2, otherwise: 4096), try mostConnections())
  let server = try Server(port: port, page: page, mostConnections: connections, patience: patience)

  say("http://127.0.0.1:\(try server.port)/")
  try server.run()
  print(server.report)
}
