// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

/// One run of the built executable.
struct ToolRun {
  var exitCode: Int32
  var output: String
  var errors: String

  /// It stands beside the test program.
  private static var executable: URL {
    get throws {
      let tests = try #require(Bundle.main.executableURL)
      return tests.deletingLastPathComponent().appendingPathComponent("socketsend")
    }
  }

  /// Runs it to its end.
  init(_ arguments: [String], input: Data = Data()) throws {
    let process = Process()
    let (inputPipe, outputPipe, errorPipe) = (Pipe(), Pipe(), Pipe())
    process.executableURL = try Self.executable
    process.arguments = arguments
    process.standardInput = inputPipe
    process.standardOutput = outputPipe
    process.standardError = errorPipe
    try process.run()
    // All three at once: a pipe that nobody reads would stop it.
    let output = BlockingWork { try outputPipe.fileHandleForReading.readToEnd() ?? Data() }
    let errors = BlockingWork { try errorPipe.fileHandleForReading.readToEnd() ?? Data() }
    try inputPipe.fileHandleForWriting.write(contentsOf: input)
    try inputPipe.fileHandleForWriting.close()
    self.output = String(decoding: try output.value(), as: UTF8.self)
    self.errors = String(decoding: try errors.value(), as: UTF8.self)
    process.waitUntilExit()
    exitCode = process.terminationStatus
  }
}
