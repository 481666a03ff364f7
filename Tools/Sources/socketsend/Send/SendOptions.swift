// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SocketSend

/// What the command line says to `send`.
struct SendOptions: ParsableArguments {
  @Argument(
    help: "host:port, [IPv6 address]:port, the path of a Unix socket (with a /), or @name for an abstract one.",
    transform: Endpoint.init)
  var address: Endpoint

  /// `SendLine` sets it: the parser sees the first alone.
  @Argument(help: "What to send; - is standard input.", completion: .file(), transform: Input.init)
  var files: [Input]

  @Option(
    help: ArgumentHelp(
      "The most that all of it may take, from connecting to the answer's end: 300ms, 2s, 1.5m, 1h; without a unit, seconds.",
      valueName: "time"),
    transform: Quantity.duration)
  var timeout: Duration?

  @Option(
    help: ArgumentHelp(
      "How to send: names of SocketFlags with commas between them, as more,dontRoute. They hold for each send.",
      valueName: "names"),
    completion: .list(FlagNames.all.map(\.name)), transform: FlagNames.flags)
  var flags: SocketFlags = []

  @Option(
    help: ArgumentHelp(
      "Cut files into segments of this length. (default: 64k; a longer regular file goes as one segment, from the file)",
      valueName: "bytes"),
    transform: Quantity.byteCount)
  var segmentSize: Int?

  @Option(
    name: .customLong("repeat"),
    help: ArgumentHelp(
      "Send the files so many times, one after the other; at most 1,000,000,000,000 times.", valueName: "count"))
  var rounds = 1

  @Option(
    help: ArgumentHelp(
      "The most bytes to send a second; k, M and G are powers of 1024. The files then go in many short sends.",
      valueName: "bytes"),
    transform: Quantity.byteCount)
  var rate: Int?

  @Option(
    help: ArgumentHelp(
      """
      Write the answer to a file instead of standard output. It is emptied once there is a connection, and may be none of \
      the files to send. With --json the answer is dropped unless this is given.
      """,
      valueName: "file"),
    completion: .file(), transform: RawString.init)
  var answer: RawString?

  @Flag(help: "Print no summary, and show no progress.")
  var quiet = false

  @Flag(help: "Write the result on standard output as one JSON object, errors too, and nothing else.")
  var json = false

  @Flag(help: "Write a line for each send on standard error.")
  var trace = false

  func validate() throws {
    if !(1...Self.mostRounds).contains(rounds) {
      throw ValidationError("--repeat takes a number from 1 to \(Self.mostRounds.grouped).")
    }
    if let segmentSize, segmentSize > Self.longestSegment { throw ValidationError("--segment-size takes at most 1G.") }
  }

  /// Of all files, when they are there.
  func validateFiles() throws {
    if rounds > 1, files.contains(.standardInput) {
      throw ValidationError("Standard input can be read once only, so it cannot be sent with --repeat.")
    }
  }

  /// A segment is read whole before it is sent.
  private static let longestSegment = 1 << 30
  /// It takes days, even with files of one byte: a larger number is a mistake.
  private static let mostRounds = 1_000_000_000_000

  var style: ReportStyle { json ? .json : quiet ? .quiet : .text }

  var showsProgress: Bool { !quiet && !trace && ProgressDisplay.isPossible }
}
