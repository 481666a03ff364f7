// SPDX-License-Identifier: Apache-2.0

/// A part of an array, or the whole array.
///
/// Corresponds to .NET's `ArraySegment<T>`.
///
/// `array[...]` is the whole array, and ``Swift/ArraySlice/init(_:offset:count:)`` makes a part of it. A segment keeps its array alive and
/// copies nothing. Its indices are the array's own.
public typealias ArraySegment<Element> = ArraySlice<Element>

extension ArraySlice {
  /// Makes a segment of the `count` elements of `array` that begin at `offset`.
  ///
  /// Copies no element.
  ///
  /// Corresponds to .NET's initializer of `ArraySegment<T>`.
  ///
  /// - Precondition: `offset` and `count` are not negative, and the window lies inside `array`.
  @inlinable
  public init(_ array: [Element], offset: Int, count: Int) {
    self = array[offset..<offset + count]
  }
}

extension Array where Element == ArraySegment<UInt8> {
  /// Returns what is left of this list when its first `bytes` bytes have been sent: the list to resume with.
  ///
  /// Copies no bytes. The first segment that is left is cut, and the segments after it stay as they are. A segment that was sent whole is
  /// dropped, and so are empty segments directly after it. `dropFirst(bytes: 0)` returns the list itself. The result is empty when all of
  /// the list was sent. In a loop that resumes, test whether a segment of the rest has a byte, and do not test `isEmpty`. A list of empty
  /// segments sends 0 bytes, and `dropFirst(bytes: 0)` returns it unchanged.
  ///
  /// The corresponding C function is `sendv_seek`.
  ///
  /// - Parameter bytes: The number of bytes that were sent: the result of `send`, or ``SocketError/bytesSent``. If the number is larger
  ///   than the list, the result is empty.
  /// - Precondition: `bytes` is not negative.
  public func dropFirst(bytes: Int) -> [ArraySegment<UInt8>] {
    precondition(bytes >= 0, "Can't drop a negative number of bytes from a list of segments")
    if bytes == 0 { return self }
    var left = bytes
    guard
      let first = firstIndex(where: { segment in
        if left < segment.count { return true }
        left -= segment.count
        return false
      })
    else { return [] }
    var rest = Array(self[first...])
    rest[0] = rest[0].dropFirst(left)
    return rest
  }
}
