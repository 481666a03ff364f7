// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// Says that a vector of a list is not memory but a region of a file. Nothing is read at the vector's address: at first it is the mark's
/// own, and it moves on with the bytes that were sent. At first the vector has the region's length. Bytes that were sent are dropped from
/// the vector, so its length is what is left of the region.
@safe @usableFromInline struct FileMark {
  /// The vector's index in the list.
  var index: Int
  let region: FileRegion
  /// The mark that was made before this one. Invariant: it is in the list's memory, which lives as long as the list.
  let previous: UnsafeMutablePointer<FileMark>?
}

extension SegmentList {
  /// Adds a region of a file as a segment.
  mutating func append(file region: FileRegion) {
    let room = unsafe memory.allocate(byteCount: MemoryLayout<FileMark>.stride)
    // Invariant: the room is the mark's alone, and is freed with the list; a mark is trivial, so nothing has to be deinitialized.
    let mark = unsafe room.bindMemory(to: FileMark.self).baseAddress!
    unsafe mark.initialize(to: FileMark(index: count, region: region, previous: files))
    unsafe files = mark
    unsafe append(inPlace: UnsafeRawBufferPointer(start: UnsafeRawPointer(mark), count: region.byteCount))
  }

  /// Corrects the indices of the marks after the first `count` vectors were dropped. Marks of dropped vectors get a negative index.
  mutating func moveMarks(by count: Int) {
    var next = unsafe files
    while let mark = unsafe next {
      unsafe mark.pointee.index -= count
      unsafe next = mark.pointee.previous
    }
  }
}

/// A list with regions of files among its vectors, as a send takes it.
@safe package struct PartList: IOVectorList {
  /// Invariant: the vectors and the marks stay as they are until the call has returned.
  let vectors: UnsafeBufferPointer<iovec>
  let files: UnsafeMutablePointer<FileMark>
  /// The index in the list of the first of `vectors`. A mark's index counts from the start of the list.
  let first: Int

  @inline(__always)
  package static var hasFiles: Bool { true }

  package var count: Int { unsafe vectors.count }
  package var byteCount: Int { unsafe vectors.byteCount }

  package func perform(_ call: inout sendv_call) -> CInt {
    unsafe withUnsafeTemporaryAllocation(of: sendv_part.self, capacity: vectors.count) { parts in
      for index in unsafe vectors.indices {
        let vector = unsafe vectors[index]
        unsafe parts.initializeElement(
          at: index,
          to: sendv_part(base: vector.iov_base, length: vector.iov_len, offset: 0, file: -1, is_file: 0))
      }
      unsafe markFiles(in: parts)
      return unsafe sendv_perform_parts(&call, parts.baseAddress, parts.count, nil)
    }
  }

  private func markFiles(in parts: UnsafeMutableBufferPointer<sendv_part>) {
    var next: UnsafeMutablePointer<FileMark>? = unsafe files
    while let mark = unsafe next {
      // Invariant: a mark's index is less than the list's count. If it is less than `first`, the vector was dropped or sent before, and the
      // mark is skipped.
      let index = unsafe mark.pointee.index - first
      if index >= 0 {
        let region = unsafe mark.pointee.region
        let sent = unsafe region.byteCount - vectors[index].count
        unsafe parts[index] = sendv_part(
          base: nil, length: vectors[index].iov_len, offset: region.offset + Int64(sent),
          file: region.descriptor, is_file: 1)
      }
      unsafe next = mark.pointee.previous
    }
  }
}
