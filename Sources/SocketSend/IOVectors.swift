// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// All the pointer work of a send: from a list of segments to the `iovec`s of the C core.
extension Array where Element == ArraySegment<UInt8> {
  /// Calls `body` with one `iovec` a segment, in order, and their count. They are good during the call and no longer.
  ///
  /// The memory for them is on the stack up to 64 segments (1024 bytes), and one allocation above.
  ///
  /// Invariant: the bytes of a segment stay where they are until `body` has returned. The pointer is used after the closure
  /// that gave it, which the contract of `withUnsafeBufferPointer` does not promise; it holds because a slice's elements
  /// stand in a native array buffer, the list owns a reference to each buffer, the list is kept alive past `body`, and a
  /// buffer is written or moved only through a reference that is its only one. The tests hold this under AddressSanitizer.
  ///
  /// A send costs no retain and no release: the list is not captured by a closure that outlives the call, and `body` is given
  /// the count instead of asking the list for it (a captured list would be retained, about 100 instructions a send).
  @inline(__always)
  func withIOVectors<Result>(_ body: (UnsafePointer<iovec>, Int) -> Result) -> Result {
    unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
      for index in 0..<count {
        // Invariant: `index` is below `count`, the capacity of `vectors`; each element is initialized once, before `body`.
        unsafe self[index].withUnsafeBufferPointer { bytes in
          unsafe vectors.initializeElement(
            at: index,
            to: iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
        }
      }
      // Invariant: the list is not empty (checked before), so the allocation has an address. iovec is a trivial type:
      // nothing is to be deinitialized.
      let result = unsafe body(UnsafePointer(vectors.baseAddress!), count)
      extendLifetime(self)
      return result
    }
  }
}
