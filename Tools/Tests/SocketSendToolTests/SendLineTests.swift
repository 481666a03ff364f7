// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Testing

@testable import socketsend

/// The files that the argument parser does not see.
@Suite struct SendLineTests {
  private func line(_ arguments: [String]) -> SendLine { SendLine(arguments.map { RawString($0) }) }

  /// Each of these lines means what it means to the parser alone.
  @Test(arguments: [
    ["a:1", "f"], ["a:1", "f", "g", "h"], ["send", "a:1", "f", "g"], ["a:1", "f", "--json", "g"],
    ["--timeout", "3", "a:1", "f", "g"], ["a:1", "--timeout", "3", "f", "--rate", "5", "g"],
    ["a:1", "--timeout=3", "f", "g"], ["--answer", "r", "a:1", "f", "g"], ["--answer=r", "a:1", "f", "g"],
    ["--answer=", "r", "a:1", "f"], ["--answer", "r", "a:1", "f", "--answer", "s"], ["a:1", "-", "f", "-"],
    ["--", "a:1", "f", "g"], ["a:1", "--", "f", "--json", "--", "-x"], ["a:1", "f", "--", "--answer", "r"],
    ["--quiet", "--", "a:1", "-f", "g"], ["a:1", "send", "demo", "help"], ["a:1", "", "f"],
    ["--answer", "", "a:1", "f"], ["a:1", "f", "-\u{301}", "g"], ["--flags", "more", "--segment-size", "5", "a:1", "f"],
    ["--repeat", "3", "a:1", "f", "3"],
  ])
  func meansWhatTheParserReads(arguments: [String]) throws {
    let parsed = try #require(try SocketSendTool.parseAsRoot(arguments) as? Send)
    let line = line(arguments)
    var completed = try #require(try SocketSendTool.parseAsRoot(line.arguments) as? Send).options
    try line.complete(&completed)
    #expect(completed.files == parsed.options.files)
    #expect(completed.answer == parsed.options.answer)
    #expect(completed.address == parsed.options.address)
    #expect(completed.timeout == parsed.options.timeout)
    #expect(completed.json == parsed.options.json)
    #expect(line.arguments.count <= arguments.count)
  }

  /// Each of these is an error, the same one.
  @Test(arguments: [
    [], ["a:1"], ["send"], ["a:1", "f", "--timeout"], ["a:1", "f", "--timeout", "--json"], ["--what", "a:1", "f", "g"],
    ["a:1", "f", "g", "-x"], ["a:1", "f", "---", "g"], ["a:1", "--timeout", "--", "f", "g"], ["--repeat", "0", "a:1", "f"],
    ["nowhere", "f", "g"], ["demo", "f", "g"], ["--json", "send", "a:1", "f"], ["a:1", "f", "g", "--json=yes"],
  ])
  func failsAsTheParserDoes(arguments: [String]) {
    let parsed = Result { try SocketSendTool.parseAsRoot(arguments) }
    let completed = Result { try SocketSendTool.parseAsRoot(line(arguments).arguments) }
    guard case .failure(let expected) = parsed, case .failure(let error) = completed else {
      Issue.record("there is no error")
      return
    }
    #expect(SocketSendTool.fullMessage(for: error) == SocketSendTool.fullMessage(for: expected))
  }

  /// The parser's time grows with the square of this number.
  @Test func theParserSeesFewArguments() {
    let files = (0..<16_000).map { "file\($0)" }
    let line = line(["--quiet", "a:1"] + files + ["--json"] + files)
    #expect(line.arguments == ["--quiet", "a:1", "file0", "--json"])
    #expect(line.files == (files + files).map { RawString($0) })
    #expect(line.asksForJSON)
  }

  @Test func otherCommandsAreLeftAsTheyAre() {
    for arguments in [["demo", "--directory", "a", "b"], ["help", "send", "x", "y"], ["receive", "udp", "x", "y"]] {
      #expect(line(arguments).arguments == arguments)
      #expect(line(arguments).files.isEmpty)
    }
  }

  @Test(arguments: [["--json", "x"], ["x", "y", "--json"], ["demo", "--json"]])
  func asksForJSON(arguments: [String]) { #expect(line(arguments).asksForJSON) }

  @Test func aFileOfThatNameAsksForNoJSON() {
    #expect(!line(["a:1", "--", "--json"]).asksForJSON)
    #expect(!line(["a:1", "f", "--", "--json"]).asksForJSON)
  }
}
