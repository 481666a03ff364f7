// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// What is left to send of a list, for a send that suspends: it outlives the calls in which parts of it are offered.
///
/// Invariant: the vectors stand in `room` or in the list's own memory, and point into the values that this was made of or into
/// that memory; so whoever holds this keeps those values alive and as they are. Of the list's vectors, those from `first` on
/// are still to be sent, and `bytesLeft` bytes in them.
@safe @usableFromInline package struct UnsentList: ~Copyable {
  private let room: UnsafeMutableBufferPointer<iovec>
  private var list: SegmentList
  private var first = 0
  /// The bytes left to send. If `overflows`, the sum wrapped.
  package private(set) var bytesLeft: Int
  /// An `Int` cannot hold the bytes of the list.
  private let overflows: Bool

  /// Gathers what `add` adds for `parts` values, without the first `skipped` bytes. The values stay alive and as they are while the
  /// list exists.
  @usableFromInline
  package init(parts: Int, skipping skipped: Int, _ add: (inout SegmentList) -> Void) {
    unsafe room = .allocate(capacity: max(1, parts))
    list = unsafe SegmentList(room: room)
    add(&list)
    list.finish(parts: parts, droppingFirst: skipped)
    (bytesLeft, overflows) = unsafe list.all.countBytes()
  }

  @usableFromInline
  deinit { unsafe room.deallocate() }

  /// The segments that are left.
  package var count: Int { list.count - first }

  /// Makes one system call that sends, which does not wait, and takes off what it sent. `flags` are the platform's.
  package mutating func offer(on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?) -> Offer {
    // Invariant: `first` is at most the count.
    let rest = unsafe CountedVectors(
      vectors: UnsafeBufferPointer(start: list.vectors + first, count: count), byteCount: bytesLeft, overflows: overflows)
    let offer = gatheredOffer(rest, on: descriptor, flags: flags, to: address)
    drop(bytes: offer.outcome.bytesSent)
    return offer
  }

  /// Takes off the first `bytes` bytes, which were sent.
  private mutating func drop(bytes: Int) {
    if bytes == 0 { return }
    var offset = 0
    // Invariant: `first` is at most the count; where sendv_seek finds bytes left, the vector it names is in the list.
    first += unsafe sendv_seek(list.vectors + first, count, bytes, &offset)
    if offset > 0 {
      unsafe list.vectors[first].iov_base += offset
      unsafe list.vectors[first].iov_len -= offset
    }
    bytesLeft -= bytes
  }
}

/// Vectors whose bytes were counted before, so that the core need not count a long list anew for each offer.
@safe private struct CountedVectors: IOVectorList {
  /// Invariant: the vectors stay as they are until the call has returned.
  let vectors: UnsafeBufferPointer<iovec>
  let byteCount: Int
  let overflows: Bool

  var count: Int { unsafe vectors.count }

  func perform(_ call: inout sendv_call) -> CInt {
    // The bytes of the vectors that the core has not asked for yet. -1 if their sum overflows: the core reads that as SIZE_MAX and
    // refuses the list.
    var rest = unsafe Rest(vectors: vectors, bytes: overflows ? -1 : byteCount)
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
      // Invariant: the core asks for segments of the list's count, and has room for as many.
      for index in 0..<count {
        let vector = unsafe vectors[first + index]
        unsafe (room + index).initialize(to: vector)
        if bytes >= 0 { unsafe bytes -= vector.iov_len }
      }
    }
  }
}
