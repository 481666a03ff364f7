// SPDX-License-Identifier: Apache-2.0

import Dispatch

extension DispatchData: ByteSegment {
  /// Adds each region as a segment of its own, in order, without a copy.
  @unsafe
  public func addBytes(to list: inout SegmentList) {
    // Invariant: data is immutable, and the regions' memory is held by the object that the value owns a reference to.
    unsafe enumerateBytes { bytes, _, _ in unsafe list.append(inPlace: UnsafeRawBufferPointer(bytes)) }
  }

  /// The number of bytes in this value.
  public var byteCount: Int { count }
}
