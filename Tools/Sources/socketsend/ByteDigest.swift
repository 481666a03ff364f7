// SPDX-License-Identifier: Apache-2.0
import Crypto
import Foundation
import SocketSend

/// The count and the SHA-256 of a sequence of bytes, which two processes compare.
struct ByteDigest: Hashable, Codable, Sendable {
  var bytes: Int
  /// 64 hexadecimal digits.
  var sha256: String

  /// Enough digits for a person to compare.
  var shortHash: String { String(sha256.prefix(12)) }

  /// Takes the bytes in as they come.
  struct Builder {
    private var hash = SHA256()
    private var bytes = 0

    mutating func add(_ segment: ArraySegment<UInt8>) {
      hash.update(data: segment)
      bytes += segment.count
    }

    mutating func add(_ list: [ArraySegment<UInt8>]) {
      for segment in list { add(segment) }
    }

    func digest() -> ByteDigest {
      ByteDigest(bytes: bytes, sha256: hash.finalize().map { String(format: "%02x", $0) }.joined())
    }
  }
}

extension ByteDigest {
  init(of lists: [[ArraySegment<UInt8>]], rounds: Int = 1) {
    var builder = Builder()
    for _ in 0..<rounds {
      for list in lists { builder.add(list) }
    }
    self = builder.digest()
  }
}
