// SPDX-License-Identifier: Apache-2.0

// An HTTP server on 127.0.0.1 for many connections at once, in async code: no thread waits for a client. Every path answers
// with the file. A connection that is idle, or that reads its answers too slowly, is closed after SECONDS. More clients than
// CONNECTIONS wait until others leave. SIGINT and SIGTERM end the server in order; then it says what it served.

import Common
import Dispatch
import Foundation
import ServedPage

/// Calls `body` on each signal, in place of what the signal does otherwise, for as long as the source is kept.
func onSignal(_ number: CInt, _ body: @escaping @Sendable () -> Void) -> any DispatchSourceSignal {
  // On Linux, Dispatch replaces the signal's action. On Darwin it only watches, and the signal would end the process.
  signal(number, SIG_IGN)
  let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
  source.setEventHandler(handler: body)
  source.activate()
  return source
}

await runProgram("async-server PORT FILE [CONNECTIONS] [SECONDS]") { arguments in
  guard let port = UInt16(arguments[0]) else { throw Failure("'\(arguments[0])' is no port") }
  let page = try Page(ofFile: arguments[1])
  let patience = Duration.seconds(try number(arguments, at: 3, otherwise: 10))
  let connections = min(try number(arguments, at: 2, otherwise: 4096), try mostConnections())
  let server = try Server(port: port, page: page, mostConnections: connections, patience: patience)

  let signals = [SIGINT, SIGTERM].map { onSignal($0) { server.stop() } }
  say("http://127.0.0.1:\(try server.port)/")
  try await server.run()
  withExtendedLifetime(signals) {}
  print(server.report)
}
