// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Synchronization

/// Copies what the server says, and counts it.
final class AnswerCopy: Sendable {
  struct Unwritable: Error, CustomStringConvertible {
    var target: String
    var cause: SystemError

    var description: String { "can't write \(target): \(cause)" }
  }

  private let target: String
  /// Negative for nowhere.
  private let descriptor: CInt
  private let count = Atomic(0)

  /// To a file at `path`, made or emptied; without one to standard output.
  init(path: String?) throws(Unwritable) {
    target = path ?? "standard output"
    descriptor = path.map { open($0, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666) } ?? STDOUT_FILENO
    if descriptor < 0 { throw unwritable() }
  }

  /// To nowhere.
  init() {
    target = "nothing"
    descriptor = -1
  }

  var bytes: Int { count.load(ordering: .relaxed) }

  /// Returns once the server has ended its side of the connection.
  func run(from socket: Socket) throws {
    while true {
      let bytes = try socket.receive(upTo: 65_536)
      if bytes.isEmpty { return }
      count.add(bytes.count, ordering: .relaxed)
      if descriptor >= 0 { try write(bytes[...]) }
    }
  }

  private func write(_ bytes: ArraySegment<UInt8>) throws(Unwritable) {
    var rest = bytes
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && errno != EINTR { throw unwritable() }
      rest = rest.dropFirst(max(0, written))
    }
  }

  private func unwritable() -> Unwritable { Unwritable(target: target, cause: SystemError(errno: errno)) }
}
