// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A list as the one body of all sends takes it.
package protocol IOVectorList {
  /// The segments.
  var count: Int { get }
  /// The bytes of all segments.
  var byteCount: Int { get }
  /// Makes the call with one `iovec` a segment, in order: sets its `iov` and `iovcnt`, which are not good afterwards. The list is not
  /// empty.
  func perform(_ call: inout sendv_call) -> CInt
}

/// The list that is measured: its vectors are made once the send is sure to happen.
///
/// Invariant: the bytes of a segment stay where they are until the call has returned. Their address is used after the closure that
/// gave it, which the contract of `withUnsafeBufferPointer` does not promise; it holds because a slice's elements stand in a
/// native array buffer, the list owns a reference to each buffer, the list outlives the call, and a buffer is written or moved
/// only through a reference that is its only one. The tests hold this under AddressSanitizer.
extension [ArraySegment<UInt8>]: IOVectorList {
  package var byteCount: Int { reduce(0) { $0 &+ $1.count } }

  /// The vectors stand on the stack up to 1024 segments (16 KiB), and are one allocation above.
  ///
  /// A send costs no retain and no release: the list is not captured by a closure that outlives the call (a captured list would
  /// be retained, about 100 instructions a send).
  @inline(__always)
  package func perform(_ call: inout sendv_call) -> CInt {
    unsafe call.iovcnt = count
    if count > SENDV_MAPPED_MOST { return unsafe performWithAllocation(&call) }
    // Invariant: the list is borrowed, and its address good, until the call has returned.
    return unsafe withUnsafePointer(to: self) { list in
      unsafe sendv_perform_mapped(
        &call,
        { list, vectors in unsafe list.assumingMemoryBound(to: [ArraySegment<UInt8>].self).pointee.map(to: vectors) }, list)
    }
  }

  @inline(never)
  private func performWithAllocation(_ call: inout sendv_call) -> CInt {
    unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: count) { vectors in
      // Invariant: the list is not empty (checked before), so the allocation has an address. iovec is a trivial type: nothing is to
      // be deinitialized.
      let vectors = vectors.baseAddress!
      unsafe map(to: vectors)
      unsafe call.iov = UnsafePointer(vectors)
      let errno = unsafe sendv_perform(&call)
      extendLifetime(self)
      return errno
    }
  }

  /// Initializes one vector a segment. There is room for as many.
  @inline(__always)
  private func map(to vectors: UnsafeMutablePointer<iovec>) {
    for index in indices {
      unsafe self[index].withUnsafeBufferPointer { bytes in
        unsafe (vectors + index).initialize(
          to: iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count))
      }
    }
  }
}

/// Every other list: its vectors are there already.
extension UnsafeBufferPointer<iovec>: @unsafe IOVectorList {
  package var byteCount: Int { unsafe reduce(0) { unsafe $0 &+ Int($1.iov_len) } }

  @inline(__always)
  package func perform(_ call: inout sendv_call) -> CInt {
    // Invariant: the vectors and what they point at outlive the send that was given them.
    unsafe call.iov = baseAddress
    unsafe call.iovcnt = count
    return unsafe sendv_perform(&call)
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
