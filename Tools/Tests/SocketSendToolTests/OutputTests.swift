// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// Standard output that cannot be written, or not at once; and standard input that has nothing yet.
@Suite struct OutputTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  private static let full = "exec \"$@\" > /dev/full"
  private static let closed = "exec \"$@\" >&-"
  /// A pipe that nobody reads: the reader has ended before the tool begins.
  private static let left = "exec 3> >(:); wait $!; exec \"$@\" >&3"

  @Test(arguments: [
    (full, "No space left on device"), (closed, "Bad file descriptor"), (left, "Broken pipe"),
  ])
  func jsonHasNoPlace74(shell: String, reason: String) throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "an answer")
    let run = try ToolRun(["--json", server.address.description, files.file([1, 2, 3])], shell: shell)
    #expect(run.exitCode == 74)
    #expect(run.errors == "Error: can't write standard output: \(reason); 3 bytes sent\n")
    #expect(try server.received() == [1, 2, 3])
  }

  /// What the JSON would have said is said, too.
  @Test func jsonOfAnErrorHasNoPlace74() throws {
    let run = try ToolRun(["--json", files.path("nobody"), files.file([1])], shell: Self.full)
    #expect(run.exitCode == 74)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines.first?.hasPrefix("Error: connecting to \(files.path("nobody")) failed: ") == true)
    #expect(lines.last == "Error: can't write standard output: No space left on device; 0 bytes sent")
  }

  @Test(arguments: [
    ["--json", "--rate", "fast", "127.0.0.1:1", "-"], ["--help"], ["--version"], ["help", "send"],
    ["--generate-completion-script", "bash"],
  ])
  func whatElseIsAskedForHasNoPlace74(arguments: [String]) throws {
    let run = try ToolRun(arguments, shell: Self.full)
    #expect(run.exitCode == 74)
    #expect(run.errors == "Error: can't write standard output: No space left on device\n")
  }

  /// The server gets what was sent, and not its own answer: that is written to nothing that was opened since.
  @Test(arguments: [closed, left])
  func theAnswerHasNoPlace74(shell: String) throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "an answer")
    let run = try ToolRun([server.address.description, files.file([1, 2, 3])], shell: shell)
    #expect(run.exitCode == 74)
    #expect(run.errors.contains(" failed: can't write standard output: "))
    #expect(try server.received() == [1, 2, 3])
  }

  /// The system sends a signal there, SIGXFSZ.
  @Test func theAnswerIsLongerThanAFileMayBe74() throws {
    let answer = String(repeating: "an answer ", count: 1000)
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: answer)
    let run = try ToolRun(
      ["--answer", files.path("reply"), server.address.description, files.file([1, 2, 3])],
      shell: "ulimit -f 1; exec \"$@\"")
    #expect(run.exitCode == 74)
    #expect(run.errors.contains(" failed: can't write \(files.path("reply")): File too large; 3 bytes sent\n"))
    #expect(try server.received() == [1, 2, 3])
  }

  @Test func closedStandardInput66() throws {
    let run = try ToolRun(["127.0.0.1:1", "-"], shell: "exec \"$@\" <&-")
    #expect(run.exitCode == 66)
    #expect(run.errors == "Error: can't read standard input: Bad file descriptor\n")
  }

  @Test func theDemoHasNoPlace() throws {
    _ = try files.file([1, 2, 3])
    let run = try ToolRun(["demo", "--directory", files.directory.path], shell: Self.full)
    #expect(run.exitCode == 1)
    #expect(run.errors == "Error: can't write standard output: No space left on device\n")
  }

  /// The pipe is full when the write begins, and is read only then.
  @Test func aWriteWaitsForRoom() throws {
    let pipe = Pipe()
    let end = pipe.fileHandleForWriting.fileDescriptor
    _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK)
    let block = [UInt8](repeating: 1, count: 4096)
    var before = 0
    while case let count = write(end, block, block.count), count > 0 { before += count }
    let bytes = [UInt8](repeating: 2, count: 1 << 20)
    let writer = BlockingWork {
      try Output(name: "pipe", descriptor: end).write(bytes)
      try pipe.fileHandleForWriting.close()
    }
    let all = try pipe.fileHandleForReading.readToEnd() ?? Data()
    try writer.value()
    #expect(all.prefix(before).allSatisfy { $0 == 1 })
    #expect(all.dropFirst(before).elementsEqual(bytes))
  }

  @Test func anAnswerWaitsForRoom() throws {
    let answer = String(repeating: "0123456789abcdef", count: 1 << 20)
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: answer)
    let run = try RunningTool([server.address.description, files.file([1])], blocks: false).finish()
    #expect(run.exitCode == 0)
    #expect(run.output == answer)
  }

  @Test func standardInputThatDoesNotBlockIsWaitedFor() throws {
    let peer = try StalledPeer()
    let tool = try RunningTool([peer.address.description, files.file([1, 2, 3]), "-"], input: nil, blocks: false)
    try peer.waitUntilFull()  // it reads standard input by now
    try tool.finishInput(Data([4, 5]))
    #expect(try peer.receivedToTheEnd() == [1, 2, 3, 4, 5])
    #expect(try tool.finish().exitCode == 0)
  }
}
