// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A list in the form in which `gatheredSend` and `gatheredOffer` take it.
package protocol IOVectorList {
  /// The segments.
  var count: Int { get }
  /// The bytes of all segments.
  var byteCount: Int { get }
  /// Makes the call with one `iovec` (or `sendv_part`, if there are files) for each segment, in order. The list is not empty. Afterwards
  /// `call.iov` and `call.source` are unspecified.
  func perform(_ call: inout sendv_call) -> CInt
  /// Whether regions of files are among the segments.
  static var hasFiles: Bool { get }
}

extension IOVectorList {
  @inline(__always)
  package static var hasFiles: Bool { false }
}

/// The list of slices. Its vectors are made as the send comes to them, at most 128 at a time on the core's stack, so that
/// a list of any length takes no memory for them.
///
/// Invariant: the bytes of a segment stay where they are until the call has returned. Their address is used after the closure that gave it,
/// which the contract of `withUnsafeBufferPointer` does not promise. The address still holds. A slice's elements are in a native array
/// buffer, the list owns a reference to each buffer, and the list outlives the call. A buffer is written or moved only through a reference
/// that is its only one. The tests check this under AddressSanitizer.
extension [ArraySegment<UInt8>]: IOVectorList {
  package var byteCount: Int { reduce(0) { $0 &+ $1.count } }

  /// A send costs no retain and no release: the list is not captured by a closure that outlives the call (a captured list would
  /// be retained, about 100 instructions a send).
  @inline(__always)
  package func perform(_ call: inout sendv_call) -> CInt {
    // Invariant: the list is borrowed, and its elements' address good, until the call has returned.
    unsafe withUnsafeBufferPointer { segments in
      let source = unsafe sendv_source(
        list: segments.baseAddress,
        map: { list, first, count, vectors in unsafe UnsafeBufferPointer(list, first, count).map(to: vectors) },
        count_bytes: { list, first, count in unsafe UnsafeBufferPointer(list, first, count).countBytes() })
      return unsafe _withUnprotectedUnsafePointer(to: source) { source in
        unsafe call.source = source
        unsafe call.iovcnt = segments.count
        return unsafe performInCore(&call)
      }
    }
  }
}

/// Makes the core's call. An unprotected pointer spares the caller its stack check, 6 instructions.
/// Invariant: the core writes nothing beyond the structure.
@inline(__always)
func performInCore(_ call: inout sendv_call) -> CInt {
  unsafe _withUnprotectedUnsafeMutablePointer(to: &call) { unsafe sendv_perform($0) }
}

/// Some segments of a list, as the core asks for them.
extension UnsafeBufferPointer<ArraySegment<UInt8>> {
  /// The `count` segments at `list` that begin with index `first`. The core knows the list's count, so they are in the list.
  @inline(__always)
  fileprivate init(_ list: UnsafeRawPointer?, _ first: Int, _ count: Int) {
    unsafe self.init(start: list.unsafelyUnwrapped.assumingMemoryBound(to: ArraySegment<UInt8>.self) + first, count: count)
  }

  /// Initializes one vector a segment. There is room for as many.
  @inline(__always)
  fileprivate func map(to vectors: UnsafeMutablePointer<iovec>?) {
    // The core passes an address. `unsafelyUnwrapped` does not check that in a release build: 2 instructions fewer, here and above.
    let vectors = unsafe vectors.unsafelyUnwrapped
    for index in indices {
      // A slice's end is not before its start, so no check for overflow is needed, which `count` has: 9 instructions a segment, not 11.
      let length = unsafe self[index].endIndex &- self[index].startIndex
      unsafe self[index].withUnsafeBufferPointer { bytes in
        unsafe (vectors + index).initialize(
          to: iovec(at: bytes.baseAddress, count: length))
      }
    }
  }

  /// The bytes of all these segments, or -1 if their sum overflows. The core reads -1 as SIZE_MAX.
  fileprivate func countBytes() -> Int {
    var total = 0
    for index in indices {
      let (sum, overflows) = unsafe total.addingReportingOverflow(self[index].count)
      if overflows { return -1 }
      total = sum
    }
    return total
  }
}

/// A list whose vectors exist already: those of a `SegmentList`, a `SpanList` or a `RawSpan`.
extension UnsafeBufferPointer<iovec>: @unsafe IOVectorList {
  package var byteCount: Int { unsafe countBytes().sum }

  /// The sum of the lengths, wrapped if an `Int` cannot hold it, and whether it wrapped.
  func countBytes() -> (sum: Int, overflows: Bool) {
    var total = (sum: 0, overflows: false)
    for index in indices {
      // Invariant: the index is one of the list's.
      let (sum, overflows) = unsafe total.sum.addingReportingOverflow(self[index].count)
      total = (sum, total.overflows || overflows)
    }
    return total
  }

  @inline(__always)
  package func perform(_ call: inout sendv_call) -> CInt {
    // Invariant: the vectors and what they point at outlive the send that was given them.
    unsafe call.iov = baseAddress
    unsafe call.iovcnt = count
    return unsafe performInCore(&call)
  }
}

extension RawSpan {
  /// Calls `body` with the one `iovec` of these bytes, which is good during the call.
  @inline(__always)
  package func withIOVector<Result>(_ body: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
    // Invariant: the bytes are borrowed for the time of this function, and the pointer is to the one vector made here.
    unsafe withUnsafeBytes { bytes in
      let vector = unsafe iovec(at: bytes.baseAddress, count: bytes.count)
      return unsafe withUnsafePointer(to: vector) { unsafe body(UnsafeBufferPointer(start: $0, count: 1)) }
    }
  }
}
