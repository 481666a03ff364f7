// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

/// One run of the built executable, over.
struct ToolRun {
  var exitCode: Int32
  var output: String
  var errors: String

  /// Runs it to its end.
  init(
    _ arguments: [String], shell: String? = nil, input: Data = Data(), environment: [String: String] = [:]
  ) throws {
    self = try RunningTool(arguments, shell: shell, input: input, environment: environment).finish()
  }

  fileprivate init(exitCode: Int32, output: String, errors: String) {
    self.exitCode = exitCode
    self.output = output
    self.errors = errors
  }
}

/// A run of the built executable that can be sent signals.
final class RunningTool {
  private let process = Process()
  private let input = Pipe()
  private let output: BlockingWork<Data>
  private let errors: BlockingWork<Data>?

  /// It stands beside the test program.
  private static var executable: URL {
    get throws {
      let tests = try #require(Bundle.main.executableURL)
      return tests.deletingLastPathComponent().appendingPathComponent("socketsend")
    }
  }

  /// - Parameters:
  ///   - shell: What bash does to run it, where that takes more than the arguments: `"$@"` is the program and they.
  ///   - input: All of standard input; nil leaves it open, with nothing to read.
  ///   - standardError: Where it goes instead of into the run's `errors`.
  ///   - blocks: Whether standard input and output are as usual, or do not block.
  init(
    _ arguments: [String], shell: String? = nil, input: Data? = Data(), standardError: FileHandle? = nil,
    environment: [String: String] = [:], blocks: Bool = true
  ) throws {
    let (outputPipe, errorPipe) = (Pipe(), Pipe())
    // A run of these tests in a shell's background has SIGINT ignored, and a program started from it would, too.
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      ["--default-signal=INT,TERM,PIPE,XFSZ"] + (shell.map { ["bash", "-c", $0, "bash"] } ?? [])
      + [try Self.executable.path] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = self.input
    process.standardOutput = outputPipe
    process.standardError = standardError ?? errorPipe
    if !blocks {
      for end in [self.input.fileHandleForReading, outputPipe.fileHandleForWriting] {
        _ = fcntl(end.fileDescriptor, F_SETFL, fcntl(end.fileDescriptor, F_GETFL) | O_NONBLOCK)
      }
    }
    try process.run()
    // All three at once: a pipe that nobody reads would stop it.
    output = BlockingWork { try outputPipe.fileHandleForReading.readToEnd() ?? Data() }
    errors =
      standardError == nil ? BlockingWork { try errorPipe.fileHandleForReading.readToEnd() ?? Data() } : nil
    if let input { try finishInput(input) }
  }

  /// Writes the rest of standard input.
  func finishInput(_ rest: Data) throws {
    try input.fileHandleForWriting.write(contentsOf: rest)
    try input.fileHandleForWriting.close()
  }

  func send(signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits for its end.
  func finish() throws -> ToolRun {
    let output = String(decoding: try output.value(), as: UTF8.self)
    let errors = String(decoding: try errors?.value() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return ToolRun(exitCode: process.terminationStatus, output: output, errors: errors)
  }
}
