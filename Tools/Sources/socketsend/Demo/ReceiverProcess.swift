// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// The receiver as the demo sees it: this executable, started again.
final class ReceiverProcess {
  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  let ready: ReceiverReady
  private let process = Process()
  private let lines: FileHandle
  private let life = Pipe()

  /// Starts it, and returns once it listens.
  init(_ transport: Transport, options: [String] = []) throws {
    let output = Pipe()
    process.executableURL = try Self.executable()
    process.arguments = ["receive", transport.rawValue] + options
    process.standardInput = life
    process.standardOutput = output
    try process.run()
    lines = output.fileHandleForReading
    ready = try Self.decode(ReceiverReady.self, from: Self.line(from: lines))
  }

  private static func executable() throws -> URL {
    guard let url = Bundle.main.executableURL else { throw Failed(description: "this executable can't be found") }
    return url
  }

  /// Waits for the receiver's end, and gives what it received.
  func digest() throws -> ByteDigest {
    let digest = try Self.decode(ByteDigest.self, from: lines.readToEnd() ?? Data())
    process.waitUntilExit()
    if process.terminationStatus != 0 { throw Failed(description: "the receiver ended with \(process.terminationStatus)") }
    return digest
  }

  private static func line(from handle: FileHandle) throws -> Data {
    var line = Data()
    while line.last != UInt8(ascii: "\n"), let byte = try handle.read(upToCount: 1), !byte.isEmpty { line += byte }
    return line
  }

  private static func decode<Message: Decodable>(_ type: Message.Type, from line: Data) throws -> Message {
    if line.isEmpty { throw Failed(description: "the receiver ended without a word") }
    return try JSONDecoder().decode(type, from: line)
  }
}
