// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

/// The manual page and the help, against what the tool says itself.
@Suite struct ManualTests {
  private static let page = URL(fileURLWithPath: #filePath).appending(path: "../../../socketsend.1").standardized

  /// The page from the heading `command` on, to the next one of its kind, which follows both.
  private func section(_ command: String) throws -> Substring {
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    let start = try #require(text.range(of: "\n.Ss \(command)\n")).upperBound
    return text[start...].prefix(upTo: text[start...].range(of: "\n.Ss ")?.lowerBound ?? text.endIndex)
  }

  /// What `regex` captures at each match, without repetitions.
  private func captures(_ regex: Regex<(Substring, Substring)>, in text: some StringProtocol) -> Set<String> {
    Set(String(text).matches(of: regex).map { String($0.1) })
  }

  @Test(arguments: ["send", "demo"])
  func hasTheOptionsOfTheHelp(command: String) throws {
    let help = try ToolRun([command, "--help"])
    #expect(help.exitCode == 0)
    let helped = captures(/(?m)^  (?:-h, )?--([a-z-]+)/, in: help.output)
    let written = captures(/(?m)^\.It Fl (?:h , Fl )?-([a-z-]+)/, in: try section(command))
    #expect(helped.count >= 2)
    #expect(written == helped)
  }

  /// Without the name of a command the tool is `send`.
  @Test(arguments: [["--help"], ["-h"], ["help"], []])
  func helpOfTheToolHasTheOptionsOfSend(arguments: [String]) throws {
    let help = try ToolRun(arguments)
    let text = arguments.isEmpty ? help.errors : help.output
    #expect(help.exitCode == (arguments.isEmpty ? 64 : 0))
    let send = try ToolRun(["send", "--help"]).output
    let options = { (text: String) in captures(/(?m)^  (?:-h, )?--([a-z-]+)/, in: text) }
    #expect(options(text) == options(send))
    for part in ["\n  <address> ", "\n  <files> ", "\n  demo ", "--timeout <time>  "] { #expect(text.contains(part)) }
  }

  /// What takes a value according to the help does so on the command line that the parser does not see.
  @Test func optionsWithAValueAreThoseOfTheHelp() throws {
    let help = try ToolRun(["send", "--help"]).output
    #expect(captures(/(?m)^  (--[a-z-]+) </, in: help) == SendLine.optionsWithValue)
  }

  @Test func versionIsTheHeaders() throws {
    let header = Self.page.appending(path: "../../Sources/CSendShim/include/csendshim.h").standardized
    let text = try String(contentsOf: header, encoding: .utf8)
    let numbers = text.matches(of: /(?m)^#define SENDV_VERSION_[A-Z]+ ([0-9]+)$/).map { String($0.1) }
    #expect(numbers.count == 3)
    let run = try ToolRun(["--version"])
    #expect(run.exitCode == 0)
    #expect(run.output == numbers.joined(separator: ".") + "\n")
  }

  @Test func hasTheExitCodes() throws {
    let codes = Set(Outcome.allCases.map { String($0.exitCode) })
    let text = try String(contentsOf: Self.page, encoding: .utf8)
    #expect(captures(/(?m)^\.It ([0-9]+)$/, in: text) == codes)
    let help = try ToolRun(["send", "--help"]).output
    #expect(captures(/(?m)^  ([0-9]+)  +[a-z]/, in: help) == codes)
    let readme = try String(contentsOf: Self.page.appending(path: "../README.md").standardized, encoding: .utf8)
    #expect(captures(/(?m)^[|] ([0-9]+) [|]/, in: readme) == codes)
  }

  @Test func hasTheFlags() throws {
    #expect(captures(/(?m)^\.It Cm ([A-Za-z]+)/, in: try section("send")) == Set(FlagNames.all.map(\.name)))
  }
}
