// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// Something to send: a file, or standard input.
enum Input: Hashable, Sendable, CustomStringConvertible {
  case file(String)
  case standardInput

  /// Large files go in segments of this size.
  static let segmentSize = 65_536

  struct Unreadable: Error, CustomStringConvertible {
    var input: Input
    var cause: SystemError

    var description: String { "can't read \(input): \(cause)" }
  }

  init(_ argument: String) {
    self = argument == "-" ? .standardInput : .file(argument)
  }

  var description: String {
    switch self {
    case .file(let path): path
    case .standardInput: "standard input"
    }
  }

  /// Throws where reading would fail. It opens nothing: opening and closing a named pipe would end its writer.
  func check() throws(Unreadable) {
    switch self {
    case .standardInput: try refuseDirectory(fileStatus(STDIN_FILENO))
    case .file(let path):
      var status = stat()
      if stat(path, &status) != 0 { throw unreadable() }
      try refuseDirectory(status)
      if access(path, R_OK) != 0 { throw unreadable() }
    }
  }

  /// Adds all bytes to `lists`: one segment, or several for a large file. What comes from a pipe or a terminal is sent as it
  /// comes.
  func read(into lists: inout ListCollector) throws {
    let descriptor = try open()
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    let isRegular = try fileStatus(descriptor).st_mode & S_IFMT == S_IFREG
    if !isRegular { try lists.flush() }  // it may take a while until the next byte comes
    var isFirst = true
    while true {
      let segment = try nextSegment(descriptor)
      // An empty file is an empty segment.
      if segment.isEmpty && !isFirst { return }
      try lists.add(segment[...])
      if segment.isEmpty { return }
      if !isRegular { try lists.flush() }
      isFirst = false
    }
  }

  private func open() throws(Unreadable) -> CInt {
    guard case .file(let path) = self else { return STDIN_FILENO }
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw unreadable() }
    return descriptor
  }

  private func nextSegment(_ descriptor: CInt) throws(Unreadable) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: Self.segmentSize) { buffer, count in
      var result: Int
      repeat {
        result = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      } while result < 0 && errno == EINTR
      failed = result < 0
      count = max(0, result)
    }
    if failed { throw unreadable() }
    return bytes
  }

  private func fileStatus(_ descriptor: CInt) throws(Unreadable) -> stat {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw unreadable() }
    return status
  }

  private func refuseDirectory(_ status: stat) throws(Unreadable) {
    if status.st_mode & S_IFMT == S_IFDIR { throw Unreadable(input: self, cause: SystemError(errno: EISDIR)) }
  }

  /// The error that the last system call left in errno.
  private func unreadable() -> Unreadable {
    Unreadable(input: self, cause: SystemError(errno: errno))
  }
}
