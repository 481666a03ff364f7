// SPDX-License-Identifier: Apache-2.0

import CSendShim

// The length of a vector is an `Int` in Swift, except on Android, where it is a `UInt`. No vector is longer than `Int.max`.
extension iovec {
  /// `count` bytes at `start`.
  @inlinable @inline(__always)
  init(at start: UnsafeRawPointer?, count: Int) {
    unsafe self.init(iov_base: UnsafeMutableRawPointer(mutating: start), iov_len: .init(truncatingIfNeeded: count))
  }

  @inline(__always)
  var count: Int { unsafe Int(truncatingIfNeeded: iov_len) }

  /// Takes off the first `bytes` bytes. The vector has at least that many.
  @inline(__always)
  mutating func drop(first bytes: Int) {
    // Invariant: a vector with bytes has an address. The bytes are its own, except for a region of a file: nothing is read at its address.
    unsafe self = iovec(at: iov_base! + bytes, count: count - bytes)
  }
}
