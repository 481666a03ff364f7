// SPDX-License-Identifier: Apache-2.0
import Foundation

/// An input, and what it was before anything was sent.
struct CheckedInput: Sendable {
  let input: Input
  let identity: FileIdentity?
  /// How many bytes there are to read; nil where the system can't say, as of a pipe.
  let size: Int?
  /// Where a regular file ends.
  let end: Int

  /// More bytes than an integer counts.
  struct TooMuch: Error, CustomStringConvertible {
    var description: String { "the files are more than \(Int.max.grouped) bytes together, the most that can be counted" }
  }

  /// Throws where reading would fail.
  init(_ input: Input) throws(Input.Unreadable) {
    let status = try input.status()
    if status.isDirectory { throw Input.Unreadable(input: input, cause: SystemError(errno: EISDIR)) }
    try input.checkAccess()
    self.input = input
    identity = FileIdentity(status)
    end = status.isRegular ? Int(status.st_size) : 0
    size = status.isRegular ? max(0, end - input.offset()) : nil
  }

  /// Throws where the sum of the sizes, `rounds` times, is more than an integer holds. Gives nil where one of them is not known.
  static func total(of sizes: [Int?], rounds: Int) throws(TooMuch) -> Int? {
    var sum = 0
    for size in sizes {
      let (next, overflows) = sum.addingReportingOverflow(size ?? 0)
      if overflows { throw TooMuch() }
      sum = next
    }
    let (total, overflows) = sum.multipliedReportingOverflow(by: rounds)
    if overflows { throw TooMuch() }
    return sizes.contains(nil) ? nil : total
  }
}
