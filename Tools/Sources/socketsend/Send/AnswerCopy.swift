// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Synchronization

/// Copies what the server says, and counts it.
final class AnswerCopy: Sendable {
  private enum Target: Sendable {
    case nowhere
    case standardOutput
    /// Opened by this object, and closed by it.
    case file(Output)
  }

  private let target: Target
  private let count = Atomic(0)

  /// To a file at `path`, made or emptied; without one to standard output.
  init(path: String?) throws(Output.Unwritable) {
    guard let path else {
      target = .standardOutput
      return
    }
    let file = Output(name: path, descriptor: open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666))
    if file.descriptor < 0 { throw file.unwritable() }
    target = .file(file)
  }

  /// To nowhere.
  init() { target = .nowhere }

  var bytes: Int { count.load(ordering: .relaxed) }

  private var output: Output? {
    switch target {
    case .nowhere: nil
    case .standardOutput: .standardOutput
    case .file(let file): file
    }
  }

  /// Returns once the server has ended its side of the connection.
  func run(from socket: Socket) throws {
    while case let bytes = try socket.receive(upTo: 65_536), !bytes.isEmpty {
      count.add(bytes.count, ordering: .relaxed)
      try output?.write(bytes)
    }
    // Some file systems say only now that there was no room.
    if case .file(let file) = target, close(file.descriptor) != 0, errno != EINTR { throw file.unwritable() }
  }
}
