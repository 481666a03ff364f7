// SPDX-License-Identifier: Apache-2.0

/// A value whose bytes can be a segment of a list: an array, a slice, a buffer, the UTF-8 of a string, or a type of your own.
///
/// A type conforms by adding its bytes to the list that is being gathered. It may add any number of segments, so a message adds its parts
/// one after another, and only short strings are copied:
///
/// ```swift
/// struct Message: ByteSegment {
///   var header: String.UTF8View
///   var body: [UInt8]
///
///   func addBytes(to list: inout SegmentList) {
///     list.append(header)
///     list.append(body)
///   }
/// }
/// ```
///
/// Parts that are in a list are added one by one: `for part in parts { list.append(part) }`.
///
/// A value that adds no segment has the effect of an empty segment.
public protocol ByteSegment {
  /// Adds the bytes of this value to `list`, in order.
  ///
  /// A type with storage of its own has two ways to add. ``SegmentList/append(inPlace:)`` is for bytes that stay where they are as long as
  /// the value lives. ``SegmentList/append(copyOf:)-(Span<UInt8>)`` is for bytes that may be inside the value itself, which moves. A type
  /// made of parts adds each part with ``SegmentList/append(_:)``.
  ///
  /// A send may call this more than once for a value, and expects the same bytes each time.
  ///
  /// Calling this is unsafe, as the list may point into the value. The caller must keep the value alive and unchanged until the list has
  /// been sent. The sends of this module do so. Implementing this method is not unsafe: a type that only uses `append(_:)` and
  /// `append(copyOf:)` needs no unsafe code.
  @unsafe func addBytes(to list: inout SegmentList)

  /// The number of bytes that this value adds to a list.
  ///
  /// It has to be what ``addBytes(to:)`` adds. A type that does not implement it gets an implementation that gathers the value to count its
  /// bytes. A type that knows the number is faster: the `byteCount` of a list of `Data` takes 18 instructions a segment instead of 308.
  var byteCount: Int { get }
}

extension ByteSegment {
  /// The number of bytes that this value adds to a list, counted by gathering them.
  @inlinable
  public var byteCount: Int { gathered { $0.byteCount } }
}
