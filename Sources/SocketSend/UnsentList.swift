// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// What is left to send of a list, for a send that suspends: it outlives the calls in which parts of it are offered.
///
/// Invariant: the vectors stand in `room` or in the list's own memory, and point into the values that this was made of or into
/// that memory; so whoever holds this keeps those values alive and as they are. Of the list's vectors, those from `first` on
/// are still to be sent, and `bytesLeft` bytes in them.
@safe package struct UnsentList: ~Copyable {
  private let room: UnsafeMutableBufferPointer<iovec>
  private var list: SegmentList
  private var first = 0
  /// The bytes left to send. If `overflows`, the sum wrapped.
  package private(set) var bytesLeft: Int
  /// An `Int` cannot hold the bytes of the list.
  private let overflows: Bool

  package init<Segment: ByteSegment>(_ buffers: [Segment], skipping skipped: Int) {
    self.init(parts: buffers.count, skipping: skipped) { list in
      // Invariant: the caller keeps the values; see above.
      for segment in buffers { unsafe segment.addBytes(to: &list) }
    }
  }

  package init(_ buffers: [any ByteSegment], skipping skipped: Int) {
    self.init(parts: buffers.count, skipping: skipped) { list in
      // Invariant: the same.
      for segment in buffers { unsafe segment.addBytes(to: &list) }
    }
  }

  private init(parts: Int, skipping skipped: Int, _ add: (inout SegmentList) -> Void) {
    unsafe room = .allocate(capacity: max(1, parts))
    list = unsafe SegmentList(room: room)
    add(&list)
    list.finish(parts: parts, droppingFirst: skipped)
    (bytesLeft, overflows) = unsafe list.all.countBytes()
  }

  /// The list that programs send most; here the code for its elements is made where their type is known.
  package init(slices buffers: [ArraySegment<UInt8>]) { self.init(buffers, skipping: 0) }

  deinit { unsafe room.deallocate() }

  /// The segments that are left.
  package var count: Int { list.count - first }

  /// Sends what goes without waiting, and takes it off: of a message all, of a stream at most some 1024 segments, so that a
  /// caller can look up between offers, and a long list is not counted anew for each. `flags` are the platform's.
  package mutating func offer(
    on descriptor: SocketDescriptor, flags: CInt, to address: SocketAddress?, isStream: Bool
  ) -> (outcome: SendOutcome, allTaken: Bool) {
    let part = isStream ? nextPart : Part(segments: count, bytes: bytesLeft, cut: 0)
    // What marks the end of the list goes with its last part alone.
    let more = flags & ~(CInt(MSG_OOB) | CInt(MSG_EOR)) | CInt(MSG_MORE)
    let last = first + part.segments - 1
    // Invariant: `first` and the part are within the count; an empty list is never offered; the last vector of the part has more
    // than `cut` bytes.
    if part.cut > 0 { unsafe list.vectors[last].iov_len -= part.cut }
    let outcome = unsafe gatheredSend(
      UnsafeBufferPointer(start: list.vectors + first, count: part.segments), on: descriptor,
      flags: (part.bytes < bytesLeft ? more : flags) | CInt(MSG_DONTWAIT), to: address, wait: .asSocket)
    if part.cut > 0 { unsafe list.vectors[last].iov_len += part.cut }
    drop(bytes: outcome.bytesSent)
    return (outcome, outcome.errno == 0 && outcome.bytesSent == part.bytes)
  }

  /// What is offered at once: `segments` vectors without the last `cut` bytes of them.
  private struct Part {
    var segments: Int
    var bytes: Int
    var cut: Int
  }

  /// The next part: at most 1024 segments and 1 MiB, and at least one byte. If it is not all that is left, at least one byte follows
  /// it.
  private var nextPart: Part {
    let mostSegments = 1024
    let mostBytes = 1 << 20
    let all = Part(segments: count, bytes: bytesLeft, cut: 0)
    // A list that overflows is offered whole: the core refuses it before it sends a byte, and answers EINVAL.
    if overflows || (count <= mostSegments && bytesLeft <= mostBytes) { return all }
    var part = Part(segments: 0, bytes: 0, cut: 0)
    while part.segments < count, part.bytes == 0 || part.segments < mostSegments && part.bytes < mostBytes {
      part.bytes += unsafe Int(list.vectors[first + part.segments].iov_len)
      part.segments += 1
    }
    part.cut = max(0, part.bytes - mostBytes)
    part.bytes -= part.cut
    return part.bytes == bytesLeft ? all : part
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
