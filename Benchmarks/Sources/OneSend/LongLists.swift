// SPDX-License-Identifier: Apache-2.0
import Foundation
import Glibc
import SocketSend
import SocketSendFoundation

/// Long lists: what a cursor takes that offers one many times, on a Unix stream whose reader empties the buffer after each offer; and what
/// counting its bytes takes.
extension OneSend {
  /// Does what the arguments say if their way is `resume`, `resume-data` or `byte-count`; returns false for another.
  @inline(never)
  static func runLongLists(_ arguments: [String]) throws -> Bool {
    guard arguments.count == 5, ["resume", "resume-data", "byte-count"].contains(arguments[1]) else { return false }
    let (segments, bytes, calls) = (Int(arguments[2])!, Int(arguments[3])!, Int(arguments[4])!)
    let (sender, reader) = try streamPair()
    let slices = (0..<segments).map { ArraySegment([UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: bytes)) }
    let values = slices.map { Data($0) }
    for _ in 0..<calls {
      switch arguments[1] {
      case "resume":
        var cursor = SendCursor(slices)
        finish(&cursor, on: sender, reader)
      case "resume-data":
        var cursor = SendCursor(values)
        finish(&cursor, on: sender, reader)
      default:
        precondition(countBytes(values) == segments * bytes)
      }
    }
    return true
  }

  /// Offers what is left until nothing is. A list that went in fewer than 10 offers would measure something else.
  @inline(never)
  private static func finish(_ cursor: inout SendCursor, on sender: SocketDescriptor, _ reader: SocketDescriptor) {
    var offers = 0
    while cursor.bytesLeft > 0 {
      let answer = cursor.offer(on: sender)
      precondition(answer.bytesSent > 0)
      discard(answer.bytesSent, from: reader)
      offers += 1
    }
    precondition(offers >= 10)
  }

  @inline(never)
  private static func countBytes(_ values: [Data]) -> Int { values.byteCount }

  private static func discard(_ bytes: Int, from reader: SocketDescriptor) {
    var left = bytes
    while left > 0 {
      // Invariant: the buffer has room for `part` bytes, and the call ends before it is given back.
      let part = unsafe withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 16) { room in
        unsafe recv(reader.rawValue, room.baseAddress, min(left, room.count), 0)
      }
      precondition(part > 0)
      left -= part
    }
  }

  private static func streamPair() throws -> (SocketDescriptor, SocketDescriptor) {
    var pair: (CInt, CInt) = (-1, -1)
    // Invariant: a tuple of two CInt has the layout of the array of two that socketpair writes.
    let result = unsafe withUnsafeMutableBytes(of: &pair) { room in
      unsafe socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, room.baseAddress!.assumingMemoryBound(to: CInt.self))
    }
    precondition(result == 0)
    return (SocketDescriptor(rawValue: pair.0), SocketDescriptor(rawValue: pair.1))
  }
}
