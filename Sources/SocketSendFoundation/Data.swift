// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
public import SocketSend

extension Data: ByteSegment {
  /// Adds the bytes as one segment.
  ///
  /// Up to 14 bytes are copied, since they may have no stable address. More bytes are not copied.
  @unsafe @inlinable
  public func addBytes(to list: inout SegmentList) {
    unsafe withUnsafeBytes { bytes in
      if bytes.count <= inlineDataCapacity {
        unsafe list.append(copyOf: bytes)
      } else {
        // Invariant: more than 14 bytes are in memory that the value owns a reference to. A slice owns one too.
        unsafe list.append(inPlace: bytes)
      }
    }
  }

  /// The number of bytes in this value.
  @inlinable
  public var byteCount: Int { count }
}

/// The most bytes that a `Data` holds inside, on any platform.
@inlinable var inlineDataCapacity: Int { 14 }
