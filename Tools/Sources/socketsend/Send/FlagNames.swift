// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// The flags of a send by their names in `SocketFlags`.
enum FlagNames {
  struct Unknown: Error, Hashable, CustomStringConvertible {
    var name: String

    var description: String { "\"\(name)\" is none of \(all.map(\.name).joined(separator: ", "))" }
  }

  static let all: [(name: String, flag: SocketFlags)] = [
    ("outOfBand", .outOfBand), ("peek", .peek), ("dontRoute", .dontRoute), ("truncated", .truncated),
    ("controlDataTruncated", .controlDataTruncated), ("broadcast", .broadcast), ("multicast", .multicast),
    ("partial", .partial), ("more", .more), ("endOfRecord", .endOfRecord), ("doNotWait", .doNotWait),
    ("confirm", .confirm),
  ]

  /// Names with commas between them, in capitals or not.
  static func flags(_ text: String) throws(Unknown) -> SocketFlags {
    var flags: SocketFlags = []
    for name in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let known = all.first(where: { $0.name.lowercased() == name.lowercased() }) else {
        throw Unknown(name: String(name))
      }
      flags.insert(known.flag)
    }
    return flags
  }
}
