// SPDX-License-Identifier: Apache-2.0

// The types of the standard library that hold bytes.
//
// Invariant of each `append(inPlace:)` here: the elements of an array, and the bytes of a string of more than 15 bytes, are in an object
// that the value owns a reference to, or in constant memory. In an object they move or change only through a value that has the only
// reference. The memory of a buffer pointer is its user's to keep. So the pointers stay good after the closures that give them, for as long
// as the value is kept, which `addBytes(to:)` demands. The tests check this under AddressSanitizer.

// MARK: Arrays

extension Array: ByteSegment where Element == UInt8 {
  /// Adds the elements as one segment, without a copy.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe withUnsafeBytes { unsafe list.append(inPlace: $0) }
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension ContiguousArray: ByteSegment where Element == UInt8 {
  /// Adds the elements as one segment, without a copy.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe withUnsafeBytes { unsafe list.append(inPlace: $0) }
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension ArraySlice: ByteSegment where Element == UInt8 {
  /// Adds the elements as one segment, without a copy.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe withUnsafeBytes { unsafe list.append(inPlace: $0) }
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

// MARK: Memory that the caller manages

extension UnsafeRawBufferPointer: ByteSegment {
  /// Adds the memory as one segment, without a copy.
  ///
  /// It must stay valid and unchanged until the send has returned.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe list.append(inPlace: self)
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension UnsafeMutableRawBufferPointer: ByteSegment {
  /// Adds the memory as one segment, without a copy.
  ///
  /// It must stay valid and unchanged until the send has returned.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe list.append(inPlace: UnsafeRawBufferPointer(self))
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension UnsafeBufferPointer: ByteSegment where Element == UInt8 {
  /// Adds the memory as one segment, without a copy.
  ///
  /// It must stay valid and unchanged until the send has returned.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe list.append(inPlace: UnsafeRawBufferPointer(self))
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension UnsafeMutableBufferPointer: ByteSegment where Element == UInt8 {
  /// Adds the memory as one segment, without a copy.
  ///
  /// It must stay valid and unchanged until the send has returned.
  @unsafe @inlinable @inline(__always)
  public func addBytes(to list: inout SegmentList) {
    unsafe list.append(inPlace: UnsafeRawBufferPointer(self))
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

// MARK: Text

extension StaticString: ByteSegment {
  /// Adds the text in UTF-8 as one segment, without a copy.
  ///
  /// A single scalar is copied, since it has no address.
  @unsafe
  public func addBytes(to list: inout SegmentList) {
    if hasPointerRepresentation {
      // Invariant: the text is a constant of the program.
      unsafe list.append(inPlace: UnsafeRawBufferPointer(start: utf8Start, count: utf8CodeUnitCount))
    } else {
      withUTF8Buffer { unsafe list.append(copyOf: UnsafeRawBufferPointer($0)) }
    }
  }
}

extension String: ByteSegment {
  /// Adds the text in UTF-8 as one segment.
  ///
  /// Up to 15 bytes are copied, since they may have no stable address. More bytes are not copied, if they are
  /// contiguous UTF-8, as those of native strings are.
  @unsafe @inlinable
  public func addBytes(to list: inout SegmentList) {
    unsafe addText(utf8, to: &list)
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { utf8.count }
}

extension Substring: ByteSegment {
  /// Adds the text in UTF-8 as one segment.
  ///
  /// Up to 15 bytes are copied, since they may have no stable address. More bytes are not copied, if they are
  /// contiguous UTF-8, as those of native strings are.
  @unsafe @inlinable
  public func addBytes(to list: inout SegmentList) {
    unsafe addText(utf8, to: &list)
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { utf8.count }
}

extension String.UTF8View: ByteSegment {
  /// Adds the bytes as one segment.
  ///
  /// Up to 15 bytes are copied, since they may have no stable address. More bytes are not copied, if they are
  /// contiguous UTF-8, as those of native strings are.
  @unsafe @inlinable
  public func addBytes(to list: inout SegmentList) {
    unsafe addText(self, to: &list)
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

extension Substring.UTF8View: ByteSegment {
  /// Adds the bytes as one segment.
  ///
  /// Up to 15 bytes are copied, since they may have no stable address. More bytes are not copied, if they are
  /// contiguous UTF-8, as those of native strings are.
  @unsafe @inlinable
  public func addBytes(to list: inout SegmentList) {
    unsafe addText(self, to: &list)
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

/// The most bytes of UTF-8 that a `String` stores inside its value, on any platform. The bytes of a longer string are in an object or
/// constant. So are those of a longer `Substring`, since its string is at least as long.
@inlinable var inlineStringCapacity: Int { 15 }

@unsafe @inlinable @inline(__always)
func addText(_ text: some Collection<UInt8>, to list: inout SegmentList) {
  let added: Void? = text.withContiguousStorageIfAvailable { bytes in
    if bytes.count <= inlineStringCapacity {
      unsafe list.append(copyOf: UnsafeRawBufferPointer(bytes))
    } else {
      unsafe list.append(inPlace: UnsafeRawBufferPointer(bytes))
    }
  }
  // A string whose storage belongs to another runtime (a bridged NSString), and which is not contiguous UTF-8.
  if added == nil { list.append(copyOf: ContiguousArray(text).span) }
}
