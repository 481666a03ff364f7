// SPDX-License-Identifier: Apache-2.0

import Foundation
import SocketSend

/// Why an example ends early.
public struct Failure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Runs an example with its arguments, and ends the program: with 1 and the reason on standard error where it throws. An
/// argument in brackets may be left out.
public func runProgram(_ usage: String, _ body: ([String]) throws -> Void) -> Never {
  let arguments = arguments(usage)
  do {
    try body(arguments)
    exit(0)
  } catch {
    say("\(error)")
    exit(1)
  }
}

/// The same for an example in async code.
public func runProgram(_ usage: String, _ body: @Sendable ([String]) async throws -> Void) async -> Never {
  let arguments = arguments(usage)
  do {
    try await body(arguments)
    exit(0)
  } catch {
    say("\(error)")
    exit(1)
  }
}

private func arguments(_ usage: String) -> [String] {
  let arguments = Array(CommandLine.arguments.dropFirst())
  let names = usage.split(separator: " ").dropFirst()
  let needed = names.filter { !$0.hasPrefix("[") }
  guard (needed.count...names.count).contains(arguments.count) else {
    say("usage: \(usage)")
    exit(2)
  }
  return arguments
}

/// The whole number greater than 0 at that place in the arguments, or another one where the argument was left out.
public func number(_ arguments: [String], at index: Int, otherwise: Int) throws -> Int {
  if index >= arguments.count { return otherwise }
  guard let number = Int(arguments[index]), number > 0 else {
    throw Failure("'\(arguments[index])' is no number greater than 0")
  }
  return number
}

/// Writes a line to standard error.
public func say(_ line: String) {
  FileHandle.standardError.write(Data("\(line)\n".utf8))
}

public func bytes(_ text: String) -> ArraySegment<UInt8> {
  Array(text.utf8)[...]
}

/// The bytes of a file.
public func contents(ofFile path: String) throws -> [UInt8] {
  do {
    return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
  } catch {
    throw Failure("\(path): \(error.localizedDescription)")
  }
}

/// The lines of a file without their ends: windows into one array.
public func lines(ofFile path: String) throws -> [ArraySegment<UInt8>] {
  var lines = try contents(ofFile: path).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
  if lines.last!.isEmpty { lines.removeLast() }
  guard !lines.isEmpty else { throw Failure("\(path) has no lines") }
  return lines
}
