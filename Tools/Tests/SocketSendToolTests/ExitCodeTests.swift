// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// Every exit code but those of SendCommandTests (0, 64) and EndingTests (124, 130, 143).
@Suite struct ExitCodeTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  @Test func areDistinct() {
    #expect(Set(Outcome.allCases.map(\.exitCode)).count == Outcome.allCases.count)
  }

  @Test(arguments: [
    ["--timeout", "0"], ["--timeout", "2 s"], ["--rate", "0"], ["--rate", "5T"], ["--segment-size", "2G"],
    ["--repeat", "0"], ["--repeat", "9223372036854775807"], ["--repeat", "2", "-"], ["--flags", "more,less"],
    ["--flags", ""],
  ])
  func wrongOption64(options: [String]) throws {
    #expect(try ToolRun(options + ["127.0.0.1:1", files.file([1])]).exitCode == 64)
  }

  @Test func flagThatNoSendTakes64() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let run = try ToolRun(["--flags", "broadcast", server.address.description, files.file([1])])
    #expect(run.exitCode == 64)
    #expect(run.errors.hasSuffix("operationNotSupported (10045); 0 bytes sent\n"))
    #expect(try server.received().isEmpty)
  }

  @Test func missingFile66() throws {
    let run = try ToolRun(["--json", "127.0.0.1:1", files.path("missing")])
    #expect(run.exitCode == 66)
    let result = try ToolResult(run)
    #expect(result.outcome == "noInput")
    #expect(result.error?.message == "can't read \(files.path("missing")): No such file or directory")
  }

  /// No resolver asks for a name with an empty part.
  @Test func unknownHost68() throws {
    let run = try ToolRun(["a..b:80", files.file([1])])
    #expect(run.exitCode == 68)
    #expect(run.errors.hasPrefix("Error: connecting to a..b:80 failed: "))
  }

  @Test func nobodyListens69() throws {
    let run = try ToolRun(["--json", files.path("nobody"), files.file([1])])
    #expect(run.exitCode == 69)
    let result = try ToolResult(run)
    #expect(result.outcome == "cannotConnect")
    #expect(result.error?.code == "addressNotAvailable")
    #expect(result.error?.errno == Int(ENOENT))
  }

  /// The server would read on; the tool ends as soon as the answer cannot be written.
  @Test func answerHasNoPlace74() throws {
    let listener = try Socket(.ipv4, .stream)
    try listener.bind(to: .ipv4("127.0.0.1", port: 0))
    try listener.listen()
    let server = BlockingWork {
      let connection = try listener.accept()
      _ = try connection.send([[1]])
      while case let bytes = try connection.receive(upTo: 65_536), !bytes.isEmpty {}
    }
    let tool = try RunningTool(["--answer", "/dev/full", listener.localAddress.description, "-"], input: nil)
    let run = try tool.finish()
    #expect(run.exitCode == 74)
    #expect(run.errors.contains(" failed: can't write /dev/full: No space left on device; 0 bytes sent"))
    try server.value()
    #expect(try ToolRun(["--answer", files.path("no/where"), "127.0.0.1:1", files.file([1])]).exitCode == 74)
  }

  @Test func onlyAPart75() throws {
    let peer = try StalledPeer()
    let run = try ToolRun(["--flags", "doNotWait", peer.address.description, files.largeFile()])
    #expect(run.exitCode == 75)
    #expect(run.errors.contains("wouldBlock (10035)"))
    let count = try #require(run.bytesSent)
    #expect((1..<ToolFiles.largeCount).contains(count))
    #expect(try peer.countBytes() == count)
  }

  @Test func answerBrokeOff76() throws {
    let peer = try StalledPeer()
    let tool = try RunningTool([peer.address.description, files.file([1])])
    try peer.resetAfterTheEnd()
    let run = try tool.finish()
    #expect(run.exitCode == 76)
    #expect(run.errors.contains("Error: reading the answer of "))
    #expect(run.errors.hasSuffix("connectionReset (10054); 1 byte sent\n"))
  }
}
