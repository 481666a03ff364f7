// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// The count and the SHA-256 of a sequence of bytes, which two processes compare.
struct ByteDigest: Hashable, Codable, Sendable {
  var bytes: Int
  /// 64 hexadecimal digits.
  var sha256: String

  /// Enough digits for a person to compare.
  var shortHash: String { String(sha256.prefix(12)) }

  /// Takes the bytes in as they come. The system's `sha256sum` hashes them: every Linux has it, and a library would take
  /// longer to build than all the rest of the tool.
  final class Builder {
    private let program = Process()
    private let input = Pipe()
    private let output = Pipe()
    private var bytes = 0

    init() throws {
      program.executableURL = URL(fileURLWithPath: "/usr/bin/env")
      program.arguments = ["sha256sum"]
      program.standardInput = input
      program.standardOutput = output
      try program.run()
    }

    func add(_ segment: ArraySegment<UInt8>) throws {
      try input.fileHandleForWriting.write(contentsOf: segment)
      bytes += segment.count
    }

    /// In one piece: a write to the pipe for each small segment would take most of the time. Appended, since `joined` goes byte
    /// by byte in a debug build.
    func add(_ list: [ArraySegment<UInt8>]) throws {
      var whole: [UInt8] = []
      for segment in list { whole += segment }
      try add(whole[...])
    }

    func digest() throws -> ByteDigest {
      try input.fileHandleForWriting.close()
      let line = try output.fileHandleForReading.readToEnd() ?? Data()
      program.waitUntilExit()
      guard program.terminationStatus == 0, line.count > 64 else { throw NoHash() }
      return ByteDigest(bytes: bytes, sha256: String(decoding: line.prefix(64), as: UTF8.self))
    }
  }

  struct NoHash: Error, CustomStringConvertible {
    var description: String { "sha256sum (coreutils) did not hash the bytes; is it installed?" }
  }
}

extension ByteDigest {
  init(of lists: [[ArraySegment<UInt8>]], rounds: Int = 1) throws {
    let builder = try Builder()
    for _ in 0..<rounds {
      for list in lists { try builder.add(list) }
    }
    self = try builder.digest()
  }
}
