// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SocketSend

/// `socketsend send`: files as segments to any server.
struct Send: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send files to an address, then copy the answer to standard output.",
    discussion: """
      The files go in order, as segments of gathered sends. Then the sending side of the connection is shut down, and what \
      the server answers goes to standard output until the server closes. What was sent is said on standard error.

      Exit codes: 0 all was sent and the answer ended in order; 1 something failed, and standard error says what and how \
      many bytes had been sent; 64 the command line is wrong.
      """)

  @Argument(
    help: "host:port, [IPv6 address]:port, the path of a Unix socket (with a /), or @name for an abstract one.",
    transform: Endpoint.init)
  var address: Endpoint

  @Argument(help: "What to send; - is standard input.", transform: Input.init)
  var files: [Input]

  func run() throws {
    for file in files { try file.check() }
    let socket = try connect()
    // From the start, as a server that answers early would else stop reading once its answer finds no room.
    let answer = BlockingWork { try AnswerCopy.toStandardOutput(from: socket) }
    try SendTally.counting { tally in
      do {
        try sendFiles(on: socket)
        try socket.shutdown(.send)
      } catch {
        // What the server said before it ended the connection often tells why.
        if SendFailure.isEndOfConnection(error) { _ = try? answer.value() }
        throw SendFailure(action: "sending to \(address)", cause: error, bytesSent: tally.sums.bytes)
      }
      report(tally.sums)
      do {
        try answer.value()
      } catch {
        throw SendFailure(action: "reading the answer of \(address)", cause: error, bytesSent: tally.sums.bytes)
      }
    }
  }

  private func connect() throws -> Socket {
    do {
      return try address.connect()
    } catch {
      throw SendFailure(action: "connecting to \(address)", cause: error, bytesSent: 0)
    }
  }

  private func sendFiles(on socket: Socket) throws {
    var lists = ListCollector { list in _ = try socket.send(list) }
    for file in files { try file.read(into: &lists) }
    try lists.flush()
  }

  private func report(_ sums: SendTally.Sums) {
    let line =
      "sent \(sums.segments.counted("segment")), \(sums.bytes.counted("byte"))"
      + ", in \(sums.systemCalls.counted("system call")), \(sums.duration.readable)\n"
    FileHandle.standardError.write(Data(line.utf8))
  }
}
