// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// The ways in which a run ends from outside: the time-out, and the signals.
@Suite struct EndingTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  @Test func timeoutTellsWhatThePeerThenReads() throws {
    let peer = try StalledPeer()
    let run = try ToolRun(["--timeout", "400ms", "--json", peer.address.description, files.largeFile()])
    let result = try ToolResult(run)
    #expect(run.exitCode == 124)
    #expect(result.outcome == "timedOut")
    #expect(result.error?.code == "timedOut")
    #expect(result.error?.number == 10060)
    #expect((0.4..<3).contains(result.seconds))
    #expect(result.bytesSent > 0)
    #expect(try peer.countBytes() == result.bytesSent)
  }

  @Test func timeoutHoldsForTheAnswer() throws {
    let peer = try StalledPeer()
    let run = try ToolRun(["--timeout", "300ms", peer.address.description, files.file([1, 2])])
    #expect(run.exitCode == 124)
    #expect(run.errors.hasSuffix("Error: timed out while reading the answer of \(peer.address); 2 bytes sent\n"))
    #expect(try peer.countBytes() == 2)
  }

  @Test func timeoutHoldsForASilentInput() throws {
    let peer = try StalledPeer()
    let run = try RunningTool(["--timeout", "300ms", peer.address.description, "-"], input: nil).finish()
    #expect(run.exitCode == 124)
    #expect(run.errors == "Error: timed out while sending to \(peer.address); 0 bytes sent\n")
  }

  /// The file for the answer is a named pipe that nobody reads, so that opening it waits.
  @Test func timeoutHoldsForTheFileOfTheAnswer() throws {
    #expect(mkfifo(files.path("pipe"), 0o600) == 0)
    let arguments = ["--answer", files.path("pipe"), "127.0.0.1:1", try files.file([1])]
    let run = try ToolRun(["--timeout", "300ms"] + arguments)
    #expect(run.exitCode == 124)
    #expect(run.errors == "Error: timed out before connecting\n")
  }

  /// A Unix listener whose queue is full lets a connect wait.
  @Test func timeoutHoldsForTheConnection() throws {
    let listener = try Socket(.unix, .stream)
    try listener.bind(to: .unix(path: files.path("server")))
    try listener.listen(backlog: 0)
    let first = try Socket(.unix, .stream)
    try first.connect(to: .unix(path: files.path("server")))
    let run = try ToolRun(["--timeout", "300ms", files.path("server"), files.file([1])])
    #expect(run.exitCode == 124)
    #expect(run.errors == "Error: timed out while connecting to \(files.path("server")); 0 bytes sent\n")
  }

  @Test(arguments: [("interrupted", SIGINT, Int32(130)), ("terminated", SIGTERM, 143)], [false, true])
  func aSignalEndsABlockedSend(ending: (word: String, signal: Int32, exitCode: Int32), overUnix: Bool) throws {
    let peer = try StalledPeer(at: overUnix ? .unix(path: files.path("server")) : .ipv4("127.0.0.1", port: 0))
    let tool = try RunningTool([peer.address.description, files.largeFile()])
    try peer.waitUntilFull()
    let start = ContinuousClock.now
    tool.send(signal: ending.signal)
    let run = try tool.finish()
    #expect(start.duration(to: .now) < .seconds(1))
    #expect(run.exitCode == ending.exitCode)
    #expect(run.errors.hasPrefix("Error: \(ending.word) while sending to \(peer.address); "))
    let count = try #require(run.bytesSent)
    #expect((1..<ToolFiles.largeCount).contains(count))
    #expect(try peer.countBytes() == count)
  }

  /// Standard error is a full pipe, so that the end stands still.
  @Test func aSecondSignalEndsARunThatCannotSayItsCount() throws {
    let pipe = Pipe()
    let descriptor = pipe.fileHandleForWriting.fileDescriptor
    let modes = fcntl(descriptor, F_GETFL)
    _ = fcntl(descriptor, F_SETFL, modes | O_NONBLOCK)
    let block = [UInt8](repeating: 0, count: 4096)
    while write(descriptor, block, block.count) > 0 {}
    _ = fcntl(descriptor, F_SETFL, modes)
    let peer = try StalledPeer()
    let tool = try RunningTool([peer.address.description, files.largeFile()], standardError: pipe.fileHandleForWriting)
    try peer.waitUntilFull()
    tool.send(signal: SIGINT)
    // The stream's end shows that the first signal was taken.
    _ = try peer.countBytes()
    tool.send(signal: SIGINT)
    #expect(try tool.finish().exitCode == SIGINT)
  }

  /// The bytes before the silence arrive, and are counted.
  @Test func aSignalEndsTheWaitForMoreInput() throws {
    let peer = try StalledPeer()
    let tool = try RunningTool(["--json", peer.address.description, files.file([1, 2, 3]), "-"], input: nil)
    try peer.waitUntilFull()
    tool.send(signal: SIGINT)
    let run = try tool.finish()
    #expect(run.exitCode == 130)
    let result = try ToolResult(run)
    #expect(result.outcome == "interrupted")
    #expect(result.bytesSent == 3)
    #expect(try peer.countBytes() == 3)
  }
}
