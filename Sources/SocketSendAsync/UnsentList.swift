// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

/// What is left to send of a list, over suspensions.
///
/// Invariant: the vectors point into the list that this was made of, so whoever holds this keeps that list alive. The memory
/// is this value's own, of `count` vectors, of which those from `first` on are still to be sent.
@safe struct UnsentList: ~Copyable {
  private let vectors: UnsafeMutablePointer<iovec>
  private let count: Int
  private var first = 0

  init(_ buffers: [ArraySegment<UInt8>], droppingFirst bytes: Int) {
    count = buffers.count
    unsafe vectors = .allocate(capacity: count)
    // Invariant: `made` is the list's count, as is the memory's; iovec is a trivial type.
    let memory = unsafe vectors
    unsafe buffers.withIOVectors { list, made in unsafe memory.initialize(from: list, count: made) }
    drop(bytes: bytes)
  }

  deinit { unsafe vectors.deallocate() }

  /// Takes off the first `bytes` bytes, which were sent.
  mutating func drop(bytes: Int) {
    if bytes == 0 { return }
    var offset = 0
    // Invariant: `first` is at most `count`; where sendv_seek finds bytes left, the vector it names is in the list.
    first += unsafe sendv_seek(vectors + first, count - first, bytes, &offset)
    if offset > 0 {
      unsafe vectors[first].iov_base += offset
      unsafe vectors[first].iov_len -= offset
    }
  }

  /// Sends what fits now, as the flags of `send` say.
  func offer(by send: SuspendingSend) -> SendOutcome {
    // Invariant: not all was sent, so `first` is below `count`.
    unsafe gatheredSend(
      UnsafeBufferPointer(start: vectors + first, count: count - first), on: send.descriptor, flags: send.offerFlags,
      to: send.address, wait: .asSocket)
  }
}
