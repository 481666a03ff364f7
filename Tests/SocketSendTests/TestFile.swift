// SPDX-License-Identifier: Apache-2.0
import Testing

/// What a send answers if a file ends before its region does. FreeBSD has no ENODATA.
#if os(FreeBSD)
  let fileEnded = EIO
#else
  let fileEnded = ENODATA
#endif

/// A file without a name, with bytes that count up. Its own offset is 3.
final class TestFile: Sendable {
  let descriptor: CInt
  let bytes: [UInt8]

  /// Whether the file's own offset is what it was at first.
  var keepsItsOffset: Bool { lseek(descriptor, 0, SEEK_CUR) == 3 }

  init(byteCount: Int) throws {
    bytes = countedBytes(byteCount)
    var path = Array("/tmp/SocketSendTests.XXXXXX".utf8CString)
    descriptor = mkstemp(&path)
    try #require(descriptor >= 0)
    unlink(path)
    try #require(write(descriptor, bytes, byteCount) == byteCount)
    try #require(lseek(descriptor, 3, SEEK_SET) == 3)
  }

  deinit { close(descriptor) }
}
