// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Synchronization

/// Copies what the server says, and counts it.
final class AnswerCopy: Sendable {
  /// What is to be sent would be overwritten.
  struct IsInput: Error, CustomStringConvertible {
    var target: String
    var input: Input

    var description: String { "the answer can't go to \(target), which is to be sent\(isNamed ? "" : " as \(input)")" }

    private var isNamed: Bool { target == input.description }
  }

  private enum Target: Sendable {
    case nowhere
    case standardOutput
    /// Opened by this object, and closed by it.
    case file(Output)
  }

  private let target: Target
  private let count = Atomic(0)

  /// Throws where an answer to the file at `path`, or without one to standard output, would go to one of the inputs, by whatever
  /// name. It opens nothing: opening a named pipe would wait for its reader.
  static func refuse(_ path: RawString?, among inputs: [CheckedInput]) throws(IsInput) {
    var status = stat()
    let result = if let path { stat(path.cString, &status) } else { fstat(STDOUT_FILENO, &status) }
    guard result == 0, let identity = FileIdentity(status) else { return }
    if let checked = inputs.first(where: { $0.identity == identity }) {
      throw IsInput(target: path?.description ?? Output.standardOutput.name, input: checked.input)
    }
  }

  /// To a file at `path`, which is made where there is none, and keeps what it has until `empty` is called; without a path to
  /// standard output.
  init(path: RawString?) throws(Output.Unwritable) {
    guard let path else {
      target = .standardOutput
      return
    }
    let file = Output(
      name: path.description, descriptor: open(path.cString, O_WRONLY | O_CREAT | O_CLOEXEC, 0o666))
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

  /// Empties the file.
  func empty() throws(Output.Unwritable) {
    var status = stat()
    guard case .file(let file) = target, fstat(file.descriptor, &status) == 0, status.isRegular else { return }
    while ftruncate(file.descriptor, 0) != 0 {
      if errno != EINTR { throw file.unwritable() }
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
