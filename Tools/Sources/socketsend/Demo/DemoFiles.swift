// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SocketSend

/// The real files that the demo sends.
struct DemoFiles {
  struct File {
    var path: String
    var bytes: [UInt8]
  }

  private(set) var files: [File] = []
  private(set) var byteCount = 0

  /// What tools make and nobody wrote.
  private static let skippedDirectories: Set = [".build", ".git", "build"]
  /// Enough to send, and few enough bytes to keep.
  private static let mostBytes = 64 << 20

  /// Reads the regular files under `directory`, in the order of their paths.
  init(under directory: String) throws {
    for path in try Self.paths(under: directory) where byteCount < Self.mostBytes {
      // A file that went since the walk is none of the directory's files any more.
      guard let data = FileManager.default.contents(atPath: directory + "/" + path) else { continue }
      files.append(File(path: path, bytes: [UInt8](data)))
      byteCount += data.count
    }
    if byteCount == 0 { throw ValidationError("There is no file to send in \(directory).") }
  }

  private static func paths(under directory: String) throws -> [String] {
    guard let walk = FileManager.default.enumerator(atPath: directory) else {
      throw ValidationError("\(directory) is no directory that can be read.")
    }
    var paths: [String] = []
    while let path = walk.nextObject() as? String {
      let type = walk.fileAttributes?[.type] as? FileAttributeType
      if type == .typeDirectory, skippedDirectories.contains((path as NSString).lastPathComponent) {
        walk.skipDescendants()
      } else if type == .typeRegular {
        paths.append(path)
      }
    }
    return paths.sorted()
  }

  /// One list a file: a header, the file in uneven segments, a trailer.
  func lists(seed: UInt64) -> [[ArraySegment<UInt8>]] {
    var segments = UnevenSegments(seed: seed)
    return files.map { file in
      var list = segments.cut(file.bytes)
      list.insert(ArraySegment("file \(file.path)\nbytes \(file.bytes.count)\n\n".utf8), at: 0)
      list.append(ArraySegment("\nend \(file.path)\n".utf8))
      return list
    }
  }
}
