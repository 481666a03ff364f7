// SPDX-License-Identifier: Apache-2.0

#if NIO
  public import NIOCore
  public import SocketSend

  // Invariant of what is added in place here: a buffer's bytes are in one object, to which the value owns a reference. NIO says that the
  // bytes stay in place while that object lives (`withUnsafeReadableBytesWithStorageManagement`). A buffer writes to the object only if it
  // has the only reference.

  extension ByteBuffer: ByteSegment {
    /// Adds the readable bytes as one segment, without a copy.
    ///
    /// The reader index stays.
    @unsafe @inlinable
    public func addBytes(to list: inout SegmentList) {
      unsafe withUnsafeReadableBytes { unsafe list.append(inPlace: $0) }
    }

    /// The number of readable bytes.
    @inlinable
    public var byteCount: Int { readableBytes }
  }

  extension ByteBufferView: ByteSegment {
    /// Adds the bytes of the view as one segment, without a copy.
    @unsafe @inlinable
    public func addBytes(to list: inout SegmentList) {
      unsafe withUnsafeBytes { unsafe list.append(inPlace: $0) }
    }

    /// The number of bytes in the view.
    @inlinable
    public var byteCount: Int { count }
  }
#endif
