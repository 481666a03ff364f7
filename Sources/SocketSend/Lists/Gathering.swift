// SPDX-License-Identifier: Apache-2.0

import CSendShim

// How lists and values are gathered for one call. The two bodies for lists are kept apart: one body for both made a list of 1000
// segments cost 107 930 instructions in place of 40 972.

extension Array where Element: ByteSegment {
  /// The number of bytes in all segments: what a send of this list returns when all of it was sent.
  @inlinable
  public var byteCount: Int { reduce(0) { $0 &+ $1.byteCount } }

  /// Calls `body` with what the elements add, without the first `skipped` bytes.
  @inlinable @inline(__always)
  package func gathered<Result>(skipping skipped: Int = 0, _ body: (borrowing SegmentList) -> Result) -> Result {
    let result = SegmentList.gathering(
      valueCount: count, droppingFirst: skipped,
      { list in
        // Invariant: this array keeps each element as it is until `body` has returned.
        for index in indices { unsafe self[index].addBytes(to: &list) }
      }, body)
    extendLifetime(self)
    return result
  }

  /// Gathers a long list, and passes `body` the time at which the gathering began. Not inlined, so that short lists do not pay for it.
  @inlinable @inline(never)
  package func gatheredWithStart<Result>(
    skipping skipped: Int, _ body: (borrowing SegmentList, GatheringTime) -> Result
  ) -> Result {
    let begun = GatheringTime.now
    return gathered(skipping: skipped) { body($0, begun) }
  }
}

extension [any ByteSegment] {
  /// The number of bytes in all segments: what a send of this list returns when all of it was sent.
  @inlinable
  public var byteCount: Int { reduce(0) { $0 &+ $1.byteCount } }

  /// Calls `body` with what the elements add, without the first `skipped` bytes.
  @inlinable @inline(__always)
  package func gathered<Result>(skipping skipped: Int = 0, _ body: (borrowing SegmentList) -> Result) -> Result {
    let result = SegmentList.gathering(
      valueCount: count, droppingFirst: skipped,
      { list in
        // Invariant: this array keeps each element as it is until `body` has returned.
        for index in indices { unsafe self[index].addBytes(to: &list) }
      }, body)
    extendLifetime(self)
    return result
  }

  /// Gathers a long list, and passes `body` the time at which the gathering began. Not inlined, so that short lists do not pay for it.
  @inlinable @inline(never)
  package func gatheredWithStart<Result>(
    skipping skipped: Int, _ body: (borrowing SegmentList, GatheringTime) -> Result
  ) -> Result {
    let begun = GatheringTime.now
    return gathered(skipping: skipped) { body($0, begun) }
  }
}

extension ByteSegment {
  /// Calls `body` with what this value adds, without the first `skipped` bytes.
  @inlinable @inline(__always)
  package func gathered<Result>(skipping skipped: Int = 0, _ body: (borrowing SegmentList) -> Result) -> Result {
    let result = SegmentList.gathering(
      valueCount: 1, droppingFirst: skipped,
      // Invariant: the value stays as it is until `body` has returned.
      { list in unsafe addBytes(to: &list) }, body)
    extendLifetime(self)
    return result
  }
}

extension UnsafeBufferPointer<iovec> {
  /// Calls `body` with a list of these vectors, without the first `skipped` bytes.
  func gathered<Result>(skipping skipped: Int, _ body: (borrowing SegmentList) -> Result) -> Result {
    SegmentList.gathering(
      valueCount: count, droppingFirst: skipped,
      { list in
        // Invariant: what the vectors point at stays as it is until `body` has returned.
        for index in indices {
          unsafe list.append(inPlace: UnsafeRawBufferPointer(start: self[index].iov_base, count: self[index].count))
        }
      }, body)
  }
}
