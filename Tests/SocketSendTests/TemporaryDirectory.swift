// SPDX-License-Identifier: Apache-2.0

/// A directory of its own, gone with this object, and the sockets in it.
final class TemporaryDirectory {
  let path: String

  struct Failure: Error { let errno: CInt }

  init() throws {
    var template = Array("/tmp/socketsend-tests-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(errno: errno) }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    if let directory = opendir(path) {
      while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        unlink(path + "/" + name)
      }
      closedir(directory)
    }
    rmdir(path)
  }
}
