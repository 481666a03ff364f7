// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

@Suite struct DemoTests {
  @Test func takesTheFilesThatPeopleWrote() throws {
    let directory = try PrivateDirectory()
    try Data("some bytes".utf8).write(to: URL(fileURLWithPath: directory.path + "/file"))
    try FileManager.default.createDirectory(atPath: directory.path + "/.build", withIntermediateDirectories: false)
    try Data("skipped".utf8).write(to: URL(fileURLWithPath: directory.path + "/.build/file"))
    let files = try DemoFiles(under: directory.path)
    #expect(files.files.map(\.path) == ["file"])
    #expect(files.byteCount == 10)
  }

  @Test func showsEqualHashesAndThreeScenes() throws {
    let directory = try PrivateDirectory()
    try Data(repeating: 1, count: 100_000).write(to: URL(fileURLWithPath: directory.path + "/file"))
    let run = try ToolRun(["demo", "--directory", directory.path])
    #expect(run.exitCode == 0)
    #expect(run.errors.isEmpty)
    for title in ["TCP ", "Unix stream ", "UDP "] {
      let row = run.output.split(separator: "\n").first { $0.hasPrefix(title) }
      #expect(row?.hasSuffix("  equal") == true)
    }
    for word in ["timedOut (10060)", "dropFirst(bytes:)", "connectionAborted (10053)"] {
      #expect(run.output.contains(word))
    }
  }

  @Test func refusesADirectoryWithoutFiles() throws {
    let directory = try PrivateDirectory()
    #expect(try ToolRun(["demo", "--directory", directory.path]).exitCode == 64)
  }
}
