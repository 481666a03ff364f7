// SPDX-License-Identifier: Apache-2.0

import Foundation
import SocketSend

/// Why an example ends early.
public struct Failure: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }
}

/// Runs an example with its arguments, and ends the program: with 1 and the reason on standard error where it throws.
public func runProgram(_ usage: String, _ body: ([String]) throws -> Void) -> Never {
  let arguments = Array(CommandLine.arguments.dropFirst())
  guard arguments.count == usage.split(separator: " ").count - 1 else {
    say("usage: \(usage)")
    exit(2)
  }
  do {
    try body(arguments)
    exit(0)
  } catch {
    say("\(error)")
    exit(1)
  }
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
