// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// The segments of the cell that is being measured, for the candidates written in Swift. Those in C send the same memory, so
/// that no difference between them is one of where the bytes stand. Candidates capture nothing, so it stands at file scope;
/// the harness prepares and sends from one thread.
nonisolated(unsafe) private(set) var segments: [ArraySlice<UInt8>] = []

/// Makes what is sent, each segment an array of its own, and calls `body` with it as C sees it.
func withCell<Result>(_ shape: Shape, _ body: (UnsafePointer<cell>) -> Result) -> Result {
  segments = (0..<shape.segments).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: shape.bytes)[...] }
  defer { segments = [] }
  var whole: [UInt8] = []
  whole.reserveCapacity(shape.segments * shape.bytes)
  for segment in segments { whole += segment }
  // Invariant: an array's bytes stay where they are as long as it is held and not written to.
  let vectors = segments.map { segment in
    segment.withUnsafeBytes { iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
  }
  return vectors.withUnsafeBufferPointer { list in
    whole.withUnsafeBytes { contiguous in
      var cell = cell(
        segments: shape.segments, bytes: shape.bytes, list: list.baseAddress, contiguous: contiguous.baseAddress)
      return body(&cell)
    }
  }
}
