// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Where bytes are written to. A write waits until all of them are taken, also by a descriptor that does not block.
struct Output: Sendable {
  struct Unwritable: Error, CustomStringConvertible {
    var target: String
    var cause: SystemError

    var description: String { "can't write \(target): \(cause)" }
  }

  static let standardOutput = Output(name: "standard output", descriptor: STDOUT_FILENO)
  static let standardError = Output(name: "standard error", descriptor: STDERR_FILENO)

  let name: String
  let descriptor: CInt

  func write(_ text: String) throws(Unwritable) { try write(Array(text.utf8)) }

  func write(_ bytes: [UInt8]) throws(Unwritable) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 && !Readiness.isWorthRepeating(POLLOUT, on: descriptor) { throw unwritable() }
      rest = rest.dropFirst(max(0, written))
    }
  }

  /// The error that the last system call left in errno.
  func unwritable() -> Unwritable { Unwritable(target: name, cause: SystemError(errno: errno)) }
}
