// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An input, as it was before anything was sent.
struct CheckedInput: Sendable {
  let input: Input
  let identity: FileIdentity?
  /// How many bytes there are to read; nil where the system can't say, as of a pipe.
  let size: Int?

  /// Throws where reading would fail.
  init(_ input: Input) throws(Input.Unreadable) {
    let status = try input.status()
    if status.isDirectory { throw Input.Unreadable(input: input, cause: SystemError(errno: EISDIR)) }
    try input.checkAccess()
    self.input = input
    identity = FileIdentity(status)
    size = status.isRegular ? max(0, Int(status.st_size) - input.offset()) : nil
  }
}
