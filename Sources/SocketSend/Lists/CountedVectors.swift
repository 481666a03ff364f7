// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// Vectors whose bytes were counted before, so that the core need not count a long list anew for each offer.
@safe struct CountedVectors: IOVectorList {
  /// Invariant: the vectors stay as they are until the call has returned.
  let vectors: UnsafeBufferPointer<iovec>
  /// `Int.max` if their sum overflows.
  let byteCount: Int

  var count: Int { unsafe vectors.count }

  func perform(_ call: inout sendv_call) -> CInt {
    // The bytes of the vectors that are not mapped yet. `count_bytes` is asked about exactly those. -1 if their sum overflows: the core
    // reads that as SIZE_MAX and refuses the list.
    var rest = unsafe Rest(vectors: vectors, bytes: byteCount == .max ? -1 : byteCount)
    return unsafe withUnsafeMutablePointer(to: &rest) { rest in
      let source = unsafe sendv_source(
        list: rest,
        map: { list, first, count, vectors in unsafe Rest.at(list).pointee.map(first, count, to: vectors.unsafelyUnwrapped)
        },
        count_bytes: { list, _, _ in unsafe Rest.at(list).pointee.bytes })
      return unsafe withUnsafePointer(to: source) { source in
        unsafe call.source = source
        unsafe call.iovcnt = vectors.count
        return unsafe performInCore(&call)
      }
    }
  }

  @safe private struct Rest {
    let vectors: UnsafeBufferPointer<iovec>
    var bytes: Int

    static func at(_ list: UnsafeRawPointer?) -> UnsafeMutablePointer<Rest> {
      // Invariant: the core passes on the pointer that it was given above.
      unsafe UnsafeMutablePointer(mutating: list.unsafelyUnwrapped.assumingMemoryBound(to: Rest.self))
    }

    mutating func map(_ first: Int, _ count: Int, to room: UnsafeMutablePointer<iovec>) {
      // Invariant: the core asks only for segments within the list's count, and has room for them.
      for index in 0..<count {
        let vector = unsafe vectors[first + index]
        unsafe (room + index).initialize(to: vector)
        if bytes >= 0 { unsafe bytes -= vector.count }
      }
    }
  }
}
