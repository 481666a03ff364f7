// SPDX-License-Identifier: Apache-2.0

/// Memory in blocks that are freed together, when the chain goes.
@safe @usableFromInline struct MemoryChain: ~Copyable {
  /// Invariant: each block begins with the address of the block that was made before it, and the first block with nil.
  @usableFromInline var latest: UnsafeMutableRawPointer?

  /// As malloc aligns. The memory that a block gives out begins this many bytes after the block's start, so it is aligned too.
  private static var alignment: Int { 16 }

  init() {}

  /// A block of memory that is not initialized.
  mutating func allocate(byteCount: Int) -> UnsafeMutableRawBufferPointer {
    let block = UnsafeMutableRawPointer.allocate(byteCount: Self.alignment + byteCount, alignment: Self.alignment)
    unsafe block.storeBytes(of: latest, as: UnsafeMutableRawPointer?.self)
    unsafe latest = block
    return unsafe UnsafeMutableRawBufferPointer(start: block + Self.alignment, count: byteCount)
  }

  @inlinable deinit {
    if let latest = unsafe latest { unsafe Self.free(latest) }
  }

  @usableFromInline
  static func free(_ latest: UnsafeMutableRawPointer) {
    var next: UnsafeMutableRawPointer? = unsafe latest
    while let block = unsafe next {
      unsafe next = block.load(as: UnsafeMutableRawPointer?.self)
      unsafe block.deallocate()
    }
  }
}
