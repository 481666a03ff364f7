// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// The list that is gathered for one send: the addresses and lengths of its segments.
///
/// Values add to it in ``ByteSegment/addBytes(to:)``. For a blocking send, a list of up to 64 segments takes no heap memory, unless a value
/// calls ``append(_:)``, adds a copy of more than 16 bytes or is a ``FileRegion``. If there are short strings among the segments, that
/// holds for up to 32 values of one segment each. For more than 64 values the list takes one allocation, and one more for all short
/// copies. If values add many segments each, it takes one allocation each time its room doubles.
//
// Invariant of every unsafe place here: the first `count` of the `capacity` elements at `vectors` are initialized. The bytes that they
// point to do not move while the list exists, and the elements move only in `grow()`. The elements are in the room that `init` was given,
// which outlives the list, or in `memory`. The bytes are where `append(inPlace:)` demands it, in `memory`, or behind the `capacity`
// elements of the room.
@safe public struct SegmentList: ~Copyable {
  @usableFromInline var vectors: UnsafeMutablePointer<iovec>
  @usableFromInline var count = 0
  @usableFromInline var capacity: Int
  @usableFromInline var memory = MemoryChain()
  /// What is left of the memory for copies.
  private var copyRoom = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var kept: [any ByteSegment] = []
  /// The latest mark of a vector that is a region of a file; nil in a list of memory alone.
  @usableFromInline var files: UnsafeMutablePointer<FileMark>? = nil
  /// Whether the room has at least two vectors for each value. A short copy may then be in a vector at the room's end.
  private let hasSpareVectors: Bool

  /// Makes an empty list. `room` has at least one element. The caller is about to add `valueCount` values.
  @usableFromInline
  init(room: UnsafeMutableBufferPointer<iovec>, valueCount: Int) {
    unsafe vectors = room.baseAddress!
    capacity = room.count
    hasSpareVectors = 2 * valueCount <= room.count
  }
}

// MARK: What a value adds

extension SegmentList {
  /// Adds a part of the value that is being added, for example one of its properties.
  ///
  /// Copies no bytes of an array, a buffer or a long string.
  ///
  /// The list keeps `part` until the list is sent, so `part` may be a value made only for this call. That costs an allocation each
  /// time the array of kept parts grows, a retain and a release for each part, and an allocation for each part of more than three words,
  /// such as an `ArraySlice`. If this cost matters and the part is a stored property, call the part's `addBytes(to:)` instead.
  public mutating func append(_ part: some ByteSegment) {
    kept.append(part)
    // Invariant: `kept` holds the part as long as the list lives, and nobody else can change this copy of it.
    unsafe part.addBytes(to: &self)
  }

  /// Adds a segment whose bytes stay where they are: the list points at them and does not copy them.
  ///
  /// - Parameter bytes: Bytes that belong to the value being added: memory that it owns a reference to, or that its user manages. While the
  ///   value is kept alive, they must not move, change or be freed before the send has returned. Bytes that are in the value itself move
  ///   with it: use ``append(copyOf:)-(Span<UInt8>)`` for those bytes. An empty buffer is allowed, with or without an address.
  @unsafe @inlinable @inline(__always)
  public mutating func append(inPlace bytes: UnsafeRawBufferPointer) {
    if count == capacity { grow() }
    unsafe (vectors + count).initialize(
      to: iovec(at: bytes.baseAddress, count: bytes.count))
    count += 1
  }

  /// Adds a segment whose bytes are copied, for the time of the send.
  ///
  /// Use this for bytes that may be inside the value itself, for example strings of up to 15 bytes.
  public mutating func append(copyOf bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe append(copyOf: $0) }
  }

  /// Adds a segment whose bytes are copied, for the time of the send.
  ///
  /// The pointer must be valid during this call.
  @unsafe @inline(never) @_effects(releasenone)
  public mutating func append(copyOf bytes: UnsafeRawBufferPointer) {
    if unsafe bytes.count > copyRoom.count { makeCopyRoom(for: bytes.count) }
    unsafe copyRoom.copyMemory(from: bytes)
    unsafe append(inPlace: UnsafeRawBufferPointer(rebasing: copyRoom[..<bytes.count]))
    unsafe copyRoom = UnsafeMutableRawBufferPointer(rebasing: copyRoom[bytes.count...])
  }

  /// Makes room for a copy of that many bytes: in the last vectors of a list that has more of them than it will need, else on the heap.
  @_effects(releasenone)
  private mutating func makeCopyRoom(for byteCount: Int) {
    // A vector (16 bytes on 64-bit systems) has room for what Swift's types hold inside: a string up to 15 bytes, `Data` up to 14.
    if unsafe byteCount <= MemoryLayout<iovec>.stride, hasSpareVectors, capacity - count > 1 {
      capacity -= 1
      // Invariant: the element at the new capacity is in the room or the current block, and no vector will be there.
      unsafe copyRoom = UnsafeMutableRawBufferPointer(start: vectors + capacity, count: MemoryLayout<iovec>.stride)
    } else {
      unsafe copyRoom = memory.allocate(byteCount: max(byteCount, 16 * capacity))
    }
  }

  /// Doubles the room for vectors. `@_effects(releasenone)` tells the compiler that this releases no object. Without it the compiler
  /// retains each segment around this call: 67 instructions a segment instead of 18.
  @usableFromInline @inline(never) @_effects(releasenone)
  mutating func grow() {
    let bytes = unsafe memory.allocate(byteCount: 2 * capacity * MemoryLayout<iovec>.stride)
    let room = unsafe bytes.bindMemory(to: iovec.self)
    _ = unsafe room.moveInitialize(fromContentsOf: UnsafeMutableBufferPointer(start: vectors, count: count))
    unsafe vectors = room.baseAddress!
    capacity = room.count
  }
}

// MARK: The list as a whole

extension SegmentList {
  /// Gathers the `valueCount` values that `add` adds, and calls `body` with the list without its first `bytes` bytes. The room on the
  /// stack is 1024 bytes, as much as `withUnsafeTemporaryAllocation` takes from there.
  @inlinable @inline(__always)
  static func gathering<Result>(
    valueCount: Int, droppingFirst bytes: Int, _ add: (inout SegmentList) -> Void, _ body: (borrowing SegmentList) -> Result
  ) -> Result {
    unsafe withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(valueCount, 64)) { room in
      var list = unsafe SegmentList(room: room, valueCount: valueCount)
      add(&list)
      if list.count == 0 || bytes != 0 { list.finish(valueCount: valueCount, droppingFirst: bytes) }
      return body(list)
    }
  }

  /// If values were added and none of them added a segment, the list gets one empty segment. A list of no values stays empty.
  /// Then drops the first `bytes` bytes.
  @usableFromInline
  mutating func finish(valueCount: Int, droppingFirst bytes: Int) {
    precondition(bytes >= 0, "Can't drop a negative number of bytes from a list of segments")
    if count == 0, valueCount > 0 { unsafe append(inPlace: UnsafeRawBufferPointer(start: nil, count: 0)) }
    if bytes == 0 { return }
    var offset = 0
    let first = unsafe sendv_seek(vectors, count, bytes, &offset)
    moveMarks(by: first)
    unsafe vectors += first
    count -= first
    capacity -= first
    if count == 0 { return }
    unsafe vectors.pointee.drop(first: offset)
  }

  /// The elements, which are good as long as the list.
  package var all: UnsafeBufferPointer<iovec> { unsafe UnsafeBufferPointer(start: vectors, count: count) }

  /// Whether regions of files are among the elements.
  var hasFiles: Bool { unsafe files != nil }

  /// The elements from `first` on. nil if the list has no region of a file.
  package func parts(from first: Int = 0) -> PartList? {
    guard let files = unsafe files else { return nil }
    // Invariant: `first` is at most the count.
    return unsafe PartList(
      vectors: UnsafeBufferPointer(start: vectors + first, count: count - first), files: files, first: first)
  }

  @usableFromInline
  var byteCount: Int { unsafe all.byteCount }
}
