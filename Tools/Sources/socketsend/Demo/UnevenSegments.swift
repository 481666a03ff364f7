// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Cuts arrays into segments of uneven size: many small ones, some large, now and then an empty one. The same seed cuts the
/// same way.
struct UnevenSegments {
  private var generator: SeededGenerator

  init(seed: UInt64) {
    generator = SeededGenerator(state: seed)
  }

  /// Segments that together are `array`, in order. They share its memory.
  mutating func cut(_ array: [UInt8]) -> [ArraySegment<UInt8>] {
    var segments: [ArraySegment<UInt8>] = []
    var offset = 0
    while offset < array.count {
      let count = min(nextSize(), array.count - offset)
      segments.append(ArraySegment(array, offset: offset, count: count))
      offset += count
    }
    return segments
  }

  /// Each power of two up to 16 KiB is as likely an upper bound as any other.
  private mutating func nextSize() -> Int {
    let bound = 1 << Int.random(in: 0...14, using: &generator)
    return Int.random(in: 0...bound, using: &generator)
  }
}

/// SplitMix64: the same numbers for a seed on every run, which the system's generator does not promise.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
