// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Something to send: a file, or standard input.
enum Input: Hashable, Sendable, CustomStringConvertible {
  case file(RawString)
  case standardInput

  struct Unreadable: Error, CustomStringConvertible {
    var input: Input
    var cause: SystemError

    var description: String { "can't read \(input): \(cause)" }
  }

  init(_ argument: String) { self.init(RawString(argument)) }

  init(_ argument: RawString) {
    self = argument == RawString("-") ? .standardInput : .file(argument)
  }

  var description: String {
    switch self {
    case .file(let path): path.description
    case .standardInput: "standard input"
    }
  }

  func status() throws(Unreadable) -> stat {
    guard case .file(let path) = self else { return try status(of: STDIN_FILENO) }
    var status = stat()
    if stat(path.cString, &status) != 0 { throw unreadable() }
    return status
  }

  func status(of descriptor: CInt) throws(Unreadable) -> stat {
    var status = stat()
    if fstat(descriptor, &status) != 0 { throw unreadable() }
    return status
  }

  /// Throws where this process may not read. It opens nothing: opening and closing a named pipe would end its writer.
  func checkAccess() throws(Unreadable) {
    switch self {
    case .file(let path): if access(path.cString, R_OK) != 0 { throw unreadable() }
    case .standardInput:
      let modes = fcntl(STDIN_FILENO, F_GETFL)
      if modes < 0 { throw unreadable() }
      if modes & O_ACCMODE == O_WRONLY { throw Unreadable(input: self, cause: SystemError(errno: EBADF)) }
    }
  }

  /// The bytes of standard input before the next one that a read gives.
  func offset() -> Int {
    self == .standardInput ? max(0, Int(lseek(STDIN_FILENO, 0, SEEK_CUR))) : 0
  }

  /// Calls `body` with a descriptor to read from.
  func withDescriptor(_ body: (CInt) throws -> Void) throws {
    guard case .file(let path) = self else { return try body(STDIN_FILENO) }
    let descriptor = open(path.cString, O_RDONLY | O_CLOEXEC)
    if descriptor < 0 { throw unreadable() }
    defer { close(descriptor) }
    try body(descriptor)
  }

  /// The error that the last system call left in errno.
  func unreadable() -> Unreadable {
    Unreadable(input: self, cause: SystemError(errno: errno))
  }
}
