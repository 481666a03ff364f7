// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// The bytes that all lists are cut from.
private let source: [UInt8] = {
  var generator = SeededGenerator(seed: runSeed)
  return randomBytes(1 << 20, using: &generator)
}()

/// What one send is to send: a head of its own, then a run of `source`.
struct Load: Sendable {
  let head: [UInt8]
  let start: Int
  let count: Int

  init(head: [UInt8], count: Int, using generator: inout SeededGenerator) {
    self.head = head
    self.count = count
    start = .random(in: 0..<(source.count - count), using: &generator)
  }

  var byteCount: Int { head.count + count }

  /// As segments: runs of short ones, long ones, empty ones.
  func list(using generator: inout SeededGenerator) -> [ArraySegment<UInt8>] {
    var list = [head[...]]
    let end = start + count
    var place = start
    let longest = [3, 40, 700, 5000, 60_000].randomElement(using: &generator)!
    while place < end {
      // A thousand segments at most: what is left is the last one.
      let length = list.count == 1000 ? end - place : min(end - place, .random(in: 0...longest, using: &generator))
      list.append(source[place..<place + length])
      place += length
    }
    return list
  }

  /// Whether `bytes` begins at `place` with the first `count` bytes of this load.
  func matches(_ bytes: [UInt8], at place: Int, count: Int) -> Bool {
    let inHead = min(count, head.count)
    return bytes.withUnsafeBytes { bytes in
      head.withUnsafeBytes { head in
        source.withUnsafeBytes { source in
          memcmp(bytes.baseAddress! + place, head.baseAddress!, inHead) == 0
            && memcmp(bytes.baseAddress! + place + inHead, source.baseAddress! + start, count - inHead) == 0
        }
      }
    }
  }
}

/// A load and what became of it.
struct SentLoad: Sendable {
  let load: Load
  let end: SendEnd
}

/// What is wrong with `received`, which should be one piece a load, as long as its send's count says: the loads of one sender
/// in its order. The first byte of a load is its sender's number. Where the connection was reset, the rest may be missing.
func complaints(about received: [UInt8], of senders: [[SentLoad]], mayEndEarly: Bool) -> [String] {
  var rest = senders.map { $0.filter { $0.end.bytesSent > 0 }[...] }
  var place = 0
  while place < received.count {
    let sender = Int(received[place])
    guard rest.indices.contains(sender), let sent = rest[sender].popFirst() else {
      return ["byte \(place) of \(received.count) begins nobody's list"]
    }
    let count = min(sent.end.bytesSent, received.count - place)
    if count < sent.end.bytesSent && !mayEndEarly {
      return ["the last list ends after \(count) of \(sent.end.bytesSent) bytes"]
    }
    if !sent.load.matches(received, at: place, count: count) {
      return ["the list of sender \(sender) at byte \(place) of \(received.count), \(count) bytes, is not whole"]
    }
    place += count
  }
  let missing = rest.joined().reduce(0) { $0 + $1.end.bytesSent }
  return missing == 0 || mayEndEarly ? [] : ["\(missing) bytes that were counted did not arrive"]
}
