// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// Names that are not UTF-8. A shell makes them, since Foundation has no such arguments.
@Suite struct RawNameTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  /// The name, and the arguments, with `$name` for it.
  private func run(_ arguments: [String], script: String = "") throws -> ToolRun {
    try ToolRun(
      arguments,
      shell: """
        cd '\(files.directory.path)'
        name=$'caf\\xe9-\\xff'
        \(script)
        for argument; do shift; set -- "$@" "${argument//NAME/$name}"; done
        exec "$@"
        """)
  }

  @Test(arguments: [["NAME"], ["first", "NAME", "NAME"], ["--", "NAME"], ["./NAME", "first"]])
  func areSent(operands: [String]) throws {
    _ = try files.file([7], name: "first")
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let result = try run([server.address.description] + operands, script: "printf abc > \"$name\"")
    #expect(result.exitCode == 0)
    let expected = operands.flatMap { $0.contains("NAME") ? Array("abc".utf8) : $0 == "first" ? [7] : [] }
    #expect(try server.received() == expected)
  }

  @Test func areReadableInErrors() throws {
    let result = try run(["--json", "127.0.0.1:1", "NAME"])
    #expect(result.exitCode == 66)
    #expect(try ToolResult(result).error?.message == "can't read caf\u{FFFD}-\u{FFFD}: No such file or directory")
  }

  @Test(arguments: [["--answer", "NAME"], ["--answer=NAME"]])
  func takeTheAnswer(option: [String]) throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "thanks")
    let request = try files.file([1], name: "request")
    #expect(try run(option + [server.address.description, request]).exitCode == 0)
    _ = try server.received()
    let check = Process()
    check.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    check.arguments = ["bash", "-c", "[ \"$(cat \"$0\"/$'caf\\xe9-\\xff')\" = thanks ]", files.directory.path]
    try check.run()
    check.waitUntilExit()
    #expect(check.terminationStatus == 0)
  }

  /// The library takes a socket's path as text.
  @Test func areNoAddresses() throws {
    let result = try run(["./NAME", files.file([1])])
    #expect(result.exitCode == 64)
    #expect(result.errors.hasPrefix("Error: The address ./caf\u{FFFD}-\u{FFFD} is not UTF-8; "))
  }
}
