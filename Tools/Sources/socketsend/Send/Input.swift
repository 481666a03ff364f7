// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// Something to send: a file, or standard input.
enum Input: Hashable, Sendable, CustomStringConvertible {
  case file(String)
  case standardInput

  /// Large files go in segments of this size, unless another one is asked for.
  static let segmentSize = 65_536
  /// What is read at once, where segments are shorter.
  private static let blockSize = 65_536

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
    case .standardInput:
      try refuseDirectory(fileStatus(STDIN_FILENO))
      let modes = fcntl(STDIN_FILENO, F_GETFL)
      if modes < 0 { throw unreadable() }
      if modes & O_ACCMODE == O_WRONLY { throw Unreadable(input: self, cause: SystemError(errno: EBADF)) }
    case .file(let path):
      var status = stat()
      if stat(path, &status) != 0 { throw unreadable() }
      try refuseDirectory(status)
      if access(path, R_OK) != 0 { throw unreadable() }
    }
  }

  /// How many bytes there are to read; nil where the system can't say, as of a pipe.
  var size: Int? {
    var status = stat()
    let isRegular: Bool
    switch self {
    case .standardInput: isRegular = fstat(STDIN_FILENO, &status) == 0 && status.isRegular
    case .file(let path): isRegular = stat(path, &status) == 0 && status.isRegular
    }
    if !isRegular { return nil }
    let offset = self == .standardInput ? max(0, lseek(STDIN_FILENO, 0, SEEK_CUR)) : 0
    return max(0, Int(status.st_size - offset))
  }

  /// Adds all bytes to `lists`, in segments of at most `segmentSize`. What comes from a pipe or a terminal is sent as it comes.
  func read(segmentSize: Int = Self.segmentSize, into lists: inout ListCollector) throws {
    let descriptor = try open()
    defer { if descriptor != STDIN_FILENO { close(descriptor) } }
    let isRegular = try fileStatus(descriptor).isRegular
    if !isRegular { try lists.flush() }  // it may take a while until the next byte comes
    let blockSize = max(1, Self.blockSize / segmentSize) * segmentSize
    var isFirst = true
    while true {
      let block = try nextBlock(descriptor, size: blockSize)
      // An empty file is an empty segment.
      if block.isEmpty { return isFirst ? try lists.add([]) : () }
      for start in stride(from: 0, to: block.count, by: segmentSize) { try lists.add(block[start...].prefix(segmentSize)) }
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

  private func nextBlock(_ descriptor: CInt, size: Int) throws(Unreadable) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      var result: Int
      repeat {
        result = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      } while result < 0 && Readiness.isWorthRepeating(POLLIN, on: descriptor)
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
    if status.isDirectory { throw Unreadable(input: self, cause: SystemError(errno: EISDIR)) }
  }

  /// The error that the last system call left in errno.
  private func unreadable() -> Unreadable {
    Unreadable(input: self, cause: SystemError(errno: errno))
  }
}

extension stat {
  fileprivate var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
  fileprivate var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}
