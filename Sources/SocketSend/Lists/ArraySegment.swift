// SPDX-License-Identifier: Apache-2.0

/// A window into an array: what Swift has in the place of .NET's `ArraySegment<T>`.
///
/// A slice keeps its array alive and copies nothing. Its indices are the array's own.
public typealias ArraySegment<Element> = ArraySlice<Element>

extension ArraySlice {
  /// The `count` elements of `array` from the one at `offset` on: .NET's initializer. Copies no element.
  ///
  /// - Precondition: `offset` and `count` are not negative, and the window lies inside `array`.
  @inlinable
  public init(_ array: [Element], offset: Int, count: Int) {
    self = array[offset..<offset + count]
  }
}

extension Array where Element == ArraySegment<UInt8> {
  /// What is left to send once the first `bytes` bytes of this list went: the list to resume with.
  ///
  /// Copies no bytes: the first segment left is cut, the others are the same. A segment that went whole is dropped, and so
  /// are empty segments after it; `dropFirst(bytes: 0)` is the list itself. The result is empty once all of the list
  /// went. A resuming loop goes on while a segment of the rest has a byte: a list of empty segments alone stays as it is.
  ///
  /// The corresponding C function is `sendv_seek`.
  ///
  /// - Parameter bytes: The bytes that went: what `send` returned, or a ``SocketError/bytesSent``. More than the list
  ///   holds leaves nothing.
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
