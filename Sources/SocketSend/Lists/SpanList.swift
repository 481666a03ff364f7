// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A list of borrowed memory: spans of bytes, which a send reads where they are.
///
/// Memory of any kind has a span: arrays and slices of them, a string's `utf8`, `InlineArray`, `UnsafeBufferPointer`, and types of other
/// packages. The list copies none of it and keeps none of it alive. Instead, the compiler refuses a program that uses the list after
/// the memory was changed or is gone:
///
/// ```swift
/// func send(_ header: [UInt8], _ body: [UInt8], on socket: Socket) throws {
///   var list = SpanList()
///   list.append(header.span)
///   list.append(body.span)
///   try socket.send(list)
/// }
/// ```
///
/// A list can be sent any number of times, on any stream or datagram socket. It can neither be copied nor outlive the scope of
/// the memory in it. So it cannot be returned, stored in a class or captured by a closure that escapes, and no async send takes it.
/// A list of up to 64 spans takes no heap memory. A longer list takes one allocation each time its room doubles.
///
/// <doc:BorrowedMemory> has more examples, and what the compiler refuses.
//
// Invariant of every unsafe place here: the first `count` of the `capacity` vectors are initialized. Up to 64 vectors are in `room`. The
// room moves with the list, so a pointer to it is valid during one call only. More than 64 are all at `moved`, in a block of `memory`. The
// bytes stay where they are, and as they are, while the list lives: each `append` makes the list depend on the lifetime of its span.
@safe public struct SpanList: ~Copyable, ~Escapable {
  @usableFromInline typealias Four<Element> = (Element, Element, Element, Element)

  /// 64 vectors. A tuple of one type is laid out as an array is; an `InlineArray` needs macOS 26.
  @usableFromInline var room: Four<Four<Four<iovec>>>
  /// Where the vectors are if `room` was too small for them; nil if they are in `room`.
  @usableFromInline var moved: UnsafeMutablePointer<iovec>?
  @usableFromInline var count = 0
  @usableFromInline var capacity = 64
  @usableFromInline var memory = MemoryChain()

  /// An empty list.
  ///
  /// A send of an empty list throws ``SocketError/Code/invalidArgument``.
  @inlinable @_lifetime(immortal)
  public init() {
    func four<Element>(_ element: Element) -> Four<Element> { (element, element, element, element) }
    unsafe room = unsafe four(four(four(iovec())))
    unsafe moved = nil
  }
}

// MARK: Adding

extension SpanList {
  /// Adds bytes as a segment: an array's `span`, for example.
  ///
  /// An empty span is an empty segment.
  ///
  /// From this call on the list depends on the memory of `bytes`. While the list is in use, that memory can be read, and appended to this
  /// list or to other lists. Changing it is a compile error.
  @inlinable @_lifetime(self: copy self, copy bytes)
  public mutating func append(_ bytes: Span<UInt8>) {
    unsafe bytes.withUnsafeBytes { unsafe append(iovec(at: $0.baseAddress, count: $0.count)) }
  }

  /// Adds memory as a segment, whatever its type.
  ///
  /// All else is as for a `Span<UInt8>`.
  @inlinable @_lifetime(self: copy self, copy bytes)
  public mutating func append(_ bytes: RawSpan) {
    unsafe bytes.withUnsafeBytes { unsafe append(iovec(at: $0.baseAddress, count: $0.count)) }
  }

  @inlinable @inline(__always)
  mutating func append(_ vector: iovec) {
    if count == capacity { grow() }
    let index = count
    if let moved = unsafe moved {
      unsafe (moved + index).initialize(to: vector)
    } else {
      unsafe _withUnprotectedUnsafeMutablePointer(to: &room) { room in
        unsafe UnsafeMutableRawPointer(room).assumingMemoryBound(to: iovec.self)[index] = vector
      }
    }
    count += 1
  }

  /// Moves the vectors to a block of twice the capacity.
  @usableFromInline @inline(never)
  mutating func grow() {
    let larger = unsafe memory.allocate(byteCount: 2 * capacity * MemoryLayout<iovec>.stride).bindMemory(to: iovec.self)
    unsafe withVectors { unsafe _ = larger.initialize(fromContentsOf: $0) }
    unsafe moved = larger.baseAddress
    capacity = larger.count
  }
}

// MARK: The list as a whole

extension SpanList {
  /// The number of bytes in all segments: what a send of this list returns when all of it was sent.
  public var byteCount: Int { unsafe withVectors { unsafe $0.byteCount } }

  /// Calls `body` with the vectors, which are valid during the call. Where they are in `room`, the compiler copies that to the stack.
  @inlinable @inline(__always)
  func withVectors<Result>(_ body: (UnsafeBufferPointer<iovec>) -> Result) -> Result {
    if let moved = unsafe moved { return unsafe body(UnsafeBufferPointer(start: moved, count: count)) }
    return unsafe _withUnprotectedUnsafePointer(to: room) { room in
      let first = unsafe UnsafeRawPointer(room).assumingMemoryBound(to: iovec.self)
      return unsafe body(UnsafeBufferPointer(start: first, count: count))
    }
  }
}
