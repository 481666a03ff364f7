// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A list as the one body of all sends takes it.
package protocol IOVectorList {
  /// The segments.
  var count: Int { get }
  /// The bytes of all segments.
  var byteCount: Int { get }
  /// Calls `body` with one `iovec` a segment, in order, and their count. They are good during the call and no longer. The list
  /// is not empty.
  func withIOVectors<Result>(_ body: (UnsafePointer<iovec>, Int) -> Result) -> Result
}

/// The list that is measured: its vectors are made once the send is sure to happen.
extension [ArraySegment<UInt8>]: IOVectorList {
  package var byteCount: Int { reduce(0) { $0 &+ $1.count } }

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
  package func withIOVectors<Result>(_ body: (UnsafePointer<iovec>, Int) -> Result) -> Result {
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

/// Every other list: its vectors are there already.
extension UnsafeBufferPointer<iovec>: @unsafe IOVectorList {
  package var byteCount: Int { unsafe reduce(0) { unsafe $0 &+ Int($1.iov_len) } }

  @inline(__always)
  package func withIOVectors<Result>(_ body: (UnsafePointer<iovec>, Int) -> Result) -> Result {
    // Invariant: a list that is not empty has an address.
    unsafe body(baseAddress!, count)
  }
}

extension RawSpan {
  /// Calls `body` with the one `iovec` of these bytes, which is good during the call.
  @inline(__always)
  package func withIOVector<Result>(_ body: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
    // Invariant: the bytes are borrowed for the time of this function, and one vector is pointed at and there.
    unsafe withUnsafeBytes { bytes in
      let vector = unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
      return unsafe withUnsafePointer(to: vector) { unsafe body(UnsafeBufferPointer(start: $0, count: 1)) }
    }
  }
}
