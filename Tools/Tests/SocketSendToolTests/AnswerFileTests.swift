// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// What `--answer` does to the file that it names.
@Suite struct AnswerFileTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  private func contents(_ name: String) throws -> String {
    try String(contentsOfFile: files.path(name), encoding: .utf8)
  }

  /// The file itself, another name of it, a link to it.
  @Test(arguments: ["request", "hard", "soft"])
  func isRefusedWhereItIsAnInput(name: String) throws {
    let request = try files.file(Array("precious".utf8), name: "request")
    try FileManager.default.linkItem(atPath: request, toPath: files.path("hard"))
    try FileManager.default.createSymbolicLink(atPath: files.path("soft"), withDestinationPath: request)
    let other = try files.file([1], name: "other")
    let run = try ToolRun(["--answer", files.path(name), "127.0.0.1:1", other, request])
    #expect(run.exitCode == 64)
    #expect(run.errors.hasPrefix("Error: the answer can't go to \(files.path(name)), which is to be sent"))
    #expect(try contents("request") == "precious")
  }

  @Test func isRefusedWhereItIsStandardInput() throws {
    let request = try files.file(Array("precious".utf8), name: "request")
    let run = try ToolRun(["--answer", request, "127.0.0.1:1", "-"], shell: "exec \"$@\" < '\(request)'")
    #expect(run.exitCode == 64)
    #expect(run.errors.hasSuffix(", which is to be sent as standard input\n"))
    #expect(try contents("request") == "precious")
  }

  /// Sent and appended to at once, it would have no end.
  @Test func standardOutputIsRefusedWhereItIsAnInput() throws {
    let request = try files.file(Array("precious".utf8), name: "request")
    let run = try ToolRun(["127.0.0.1:1", request], shell: "exec \"$@\" >> '\(request)'")
    #expect(run.exitCode == 64)
    #expect(run.errors == "Error: the answer can't go to standard output, which is to be sent as \(request)\n")
    #expect(try contents("request") == "precious")
  }

  /// Nobody else has it open: opened, it would not be.
  @Test func aNamedPipeIsRefusedWhereItIsAnInput() throws {
    #expect(mkfifo(files.path("pipe"), 0o600) == 0)
    let run = try ToolRun(["--answer", files.path("pipe"), "--timeout", "20s", "127.0.0.1:1", files.path("pipe")])
    #expect(run.exitCode == 64)
  }

  @Test func aDeviceMayBeBoth() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "yes")
    let run = try ToolRun(["--answer", "/dev/null", server.address.description, "/dev/null"])
    #expect(run.exitCode == 0)
    #expect(try server.received().isEmpty)
  }

  @Test func keepsWhatItHasUntilThereIsAConnection() throws {
    _ = try files.file(Array("the answer of yesterday".utf8), name: "reply")
    let request = try files.file([1], name: "request")
    let arguments = ["--answer", files.path("reply")]
    #expect(try ToolRun(arguments + [files.path("nobody"), request]).exitCode == 69)
    #expect(try ToolRun(arguments + [files.path("nobody"), files.path("missing")]).exitCode == 66)
    #expect(try contents("reply") == "the answer of yesterday")
    let server = try OneAnswerServer(at: .unix(path: files.path("server")), answer: "today")
    #expect(try ToolRun(arguments + [files.path("server"), request]).exitCode == 0)
    _ = try server.received()
    #expect(try contents("reply") == "today")
  }
}
