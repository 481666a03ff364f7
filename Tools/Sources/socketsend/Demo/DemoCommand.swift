// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SocketSend

/// `socketsend demo`: the gathered send at work, with nothing to install.
struct Demo: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send a directory's files to a receiver process over TCP, Unix stream and UDP, and compare hashes.",
    discussion: """
      Then a send times out, a non-blocking one is resumed, and one is ended by a close from another thread. The exit code \
      is 0 if everything came out as promised, else 1.
      """)

  @Option(help: "Where to find the files.", completion: .directory)
  var directory = "."

  /// The least that each connection carries, so that its throughput means something.
  private static let leastBytes = 128 << 20
  /// For a directory with little in it, where that many bytes would take too many sends.
  private static let mostLists = 100_000
  /// Many times what the demo needs. It hangs only where something is broken.
  private static let mostSeconds = 60

  func run() throws {
    let files = try DemoFiles(under: directory)
    Self.endLateRun()
    let deliveriesAreRight = try deliver(files)
    let scenesAreRight = try playScenes()
    if !deliveriesAreRight || !scenesAreRight { throw ExitCode.failure }
  }

  private func deliver(_ files: DemoFiles) throws -> Bool {
    let lists = files.lists(seed: 2026)
    let segments = lists.reduce(0) { $0 + $1.count }
    let rounds = max(1, min(Self.leastBytes / files.byteCount + 1, Self.mostLists / lists.count))
    try say(
      """
      \(files.files.count.counted("file")), \(files.byteCount.counted("byte")), with a header and a trailer around each: \
      \(segments.counted("segment")) of uneven size,
      sent \(rounds.counted("time")) over each connection to a receiver process that hashes (SHA-256) as it reads.

      """)
    try say(DemoTable.heading)
    var allRight = true
    for transport in Transport.allCases {
      let report = try Delivery(lists, rounds: rounds, over: transport).run()
      try say(DemoTable.row(report))
      allRight = allRight && report.isRight
    }
    try say("\nA list is one call of send; on UDP it is one message, below 60,000 bytes. A wait: the socket had no room.\n")
    return allRight
  }

  private func playScenes() throws -> Bool {
    var allRight = true
    for scene in [TimeoutScene.play, ResumeScene.play, CloseScene.play] {
      let report = try scene()
      try say(report.text)
      allRight = allRight && report.isRight
    }
    return allRight
  }

  private func say(_ text: String) throws { try Output.standardOutput.write(text + "\n") }

  private static func endLateRun() {
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(mostSeconds)) {
      try? Output.standardError.write("Error: the demo did not end within \(mostSeconds) seconds\n")
      Foundation.exit(EXIT_FAILURE)
    }
  }
}
