// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Lists of segments on their way to a receiver process, several rounds over one connection.
struct Delivery {
  let transport: Transport
  let rounds: Int
  private let lists: [[ArraySegment<UInt8>]]

  /// What happened, a row of the table.
  struct Report {
    var transport: Transport
    var sums: SendTally.Sums
    /// From the first send to the return of the last one.
    var duration: Duration
    var sent: ByteDigest
    var received: ByteDigest

    var isRight: Bool { sent == received && sent.bytes == sums.bytes }
  }

  init(_ files: [[ArraySegment<UInt8>]], rounds: Int, over transport: Transport) {
    self.transport = transport
    self.rounds = rounds
    lists = transport.largestMessage.map { limit in files.flatMap { $0.cut(intoMessagesOf: limit) } } ?? files
  }

  func run() throws -> Report {
    // Before the sends, so that it takes nothing of their time.
    let sent = try ByteDigest(of: lists, rounds: rounds)
    let connection = try DemoConnection(over: transport)
    let (sums, duration) = try SendTally.counting { tally in
      let start = ContinuousClock.now
      for _ in 0..<rounds {
        for list in lists { try connection.send(list) }
      }
      return (tally.sums, start.duration(to: .now))
    }
    let received = try connection.finish()
    return Report(transport: transport, sums: sums, duration: duration, sent: sent, received: received)
  }
}
