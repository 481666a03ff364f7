// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Random numbers that come again with the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// The seed of this run, another one each time: a failure names it. `SOCKETSEND_SEED` brings one back.
let runSeed: UInt64 = {
  let seed = getenv("SOCKETSEND_SEED").flatMap { UInt64(String(cString: $0)) } ?? .random(in: 0...9_999_999)
  print("Random lists of this run: SOCKETSEND_SEED=\(seed)")
  return seed
}()

func randomBytes(_ count: Int, using generator: inout SeededGenerator) -> [UInt8] {
  [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
    let raw = UnsafeMutableRawBufferPointer(bytes)
    for offset in stride(from: 0, to: count - 7, by: 8) {
      raw.storeBytes(of: generator.next(), toByteOffset: offset, as: UInt64.self)
    }
    for offset in (count & ~7)..<count { bytes[offset] = UInt8(truncatingIfNeeded: generator.next()) }
    filled = count
  }
}

/// A list of `segments` random lengths, one in eight of them 0, of `atMost` bytes in all. The segments are windows into one
/// array, out of order and overlapping, and every fifth one an array of its own.
func randomList(segments: Int, atMost: Int, seed: UInt64) -> [ArraySegment<UInt8>] {
  var generator = SeededGenerator(seed: seed)
  let source = randomBytes(max(atMost / 2, 4096), using: &generator)
  let longest = max(1, 2 * atMost / segments)
  var left = atMost
  return (0..<segments).map { index in
    let isEmpty = Int.random(in: 0..<8, using: &generator) == 0
    let length = isEmpty ? 0 : Int.random(in: 0...min(longest, left, source.count), using: &generator)
    left -= length
    let offset = Int.random(in: 0...(source.count - length), using: &generator)
    let window = ArraySegment(source, offset: offset, count: length)
    return index % 5 == 0 ? ArraySegment(Array(window)) : window
  }
}

/// `segments` segments of `bytes` each, all windows into one array.
func evenList(segments: Int, of bytes: Int, filledWith byte: UInt8 = 0x5a) -> [ArraySegment<UInt8>] {
  Array(repeating: ArraySegment([UInt8](repeating: byte, count: bytes)), count: segments)
}

/// `segments` arrays of their own, `bytes` each.
func separateList(segments: Int, of bytes: Int, filledWith byte: UInt8) -> [ArraySegment<UInt8>] {
  (0..<segments).map { _ in ArraySegment([UInt8](repeating: byte, count: bytes)) }
}

extension Array where Element == ArraySegment<UInt8> {
  var byteCount: Int { reduce(0) { $0 + $1.count } }

  /// The bytes of the list in one piece.
  var joinedBytes: [UInt8] {
    let count = byteCount
    // The library writes the count of an empty array too, all of which are one: a race to ThreadSanitizer.
    if count == 0 { return [] }
    return [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
      for segment in self where !segment.isEmpty {
        segment.withUnsafeBytes { _ = memcpy(bytes.baseAddress! + filled, $0.baseAddress!, $0.count) }
        filled += segment.count
      }
    }
  }

  /// What a change to the list, or to an array in it, would show in: where each segment stands, how long, and its bytes.
  var fingerprint: [Int] {
    map { segment in
      segment.withUnsafeBytes { bytes in Int(bitPattern: bytes.baseAddress) ^ bytes.count &* 0x9e37_79b9 }
    }
  }
}
