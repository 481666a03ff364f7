// SPDX-License-Identifier: Apache-2.0
import Foundation

@testable import socketsend

/// Files for the tool to send, in a directory of their own.
struct ToolFiles {
  /// More than the buffers of a connection hold: Linux lets TCP have about 10 MiB on both sides together.
  static let largeCount = 32 << 20

  let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  func path(_ name: String) -> String { directory.path + "/" + name }

  func file(_ bytes: [UInt8], name: String = "file") throws -> String {
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  func largeFile() throws -> String { try file([UInt8](repeating: 7, count: Self.largeCount), name: "large") }
}
