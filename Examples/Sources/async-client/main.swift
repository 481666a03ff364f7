// SPDX-License-Identifier: Apache-2.0

// A client for async-server: opens many connections at once, sends requests on each of them, and compares every byte of the
// answers with the file. It fails if one byte differs, or if an answer does not come.

import Common
import SocketSend
import SocketSendAsync

func address(_ text: String) async throws -> SocketAddress {
  guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
    throw Failure("'\(text)' is not HOST:PORT")
  }
  return try await SocketAddress.lookUp(host: String(text[..<colon]), port: port)[0]
}

func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

func rounded(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

await runProgram("async-client HOST:PORT FILE [CONNECTIONS] [REQUESTS]") { arguments in
  let load = Load(
    on: try await address(arguments[0]), page: ExpectedPage(try contents(ofFile: arguments[1])),
    connections: try number(arguments, at: 2, otherwise: 1000), requests: try number(arguments, at: 3, otherwise: 20))

  let clock = ContinuousClock()
  let start = clock.now
  let connections = try await load.connect()
  let connected = clock.now
  let result = await load.run(on: connections)
  let time = seconds(clock.now - connected)

  print("\(connections.count) connections open after \(rounded(seconds(connected - start))) s")
  print("\(result.answers) answers in \(rounded(time)) s, \(Int(Double(result.answers) / time)) a second")
  print("\(result.failures.count) connections failed")
  for failure in result.failures.prefix(10) { say(failure) }
  if !result.failures.isEmpty { throw Failure("failed") }
}
