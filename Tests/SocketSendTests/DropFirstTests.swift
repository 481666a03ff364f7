// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend
import Testing

/// All lists of up to four segments of 0 to 3 bytes, their bytes numbered through.
private let smallLists: [[ArraySegment<UInt8>]] = {
  var shapes: [[Int]] = [[]]
  for _ in 0..<4 { shapes += shapes.flatMap { shape in (0...3).map { shape + [$0] } } }
  return Set(shapes).map { shape in
    let bytes = [UInt8](0..<UInt8(shape.reduce(0, +)))
    var offset = 0
    return shape.map { count in
      defer { offset += count }
      return ArraySegment(bytes, offset: offset, count: count)
    }
  }
}()

@Suite("dropFirst(bytes:)") struct DropFirstTests {
  @Test("leaves the bytes after the count, for every small list and count")
  func leavesTheRest() {
    #expect(smallLists.count == 341)
    for list in smallLists {
      for bytes in 0...(list.byteCount + 2) {
        let rest = list.dropFirst(bytes: bytes)
        #expect(rest.joinedBytes == Array(list.joinedBytes.dropFirst(bytes)), "\(list) without \(bytes)")
      }
    }
  }

  @Test("drops what went whole, empty segments behind it too; 0 drops nothing")
  func dropsWholeSegments() {
    for list in smallLists {
      #expect(list.dropFirst(bytes: 0) == list)
      for bytes in 1...(list.byteCount + 2) {
        let rest = list.dropFirst(bytes: bytes)
        #expect(rest.first?.isEmpty != true, "\(list) without \(bytes)")
        #expect(rest.isEmpty == (bytes >= list.byteCount))
      }
    }
  }

  @Test("stands where sendv_seek says")
  func agreesWithSeek() {
    for list in smallLists where !list.isEmpty {
      let vectors = list.map { iovec(iov_base: nil, iov_len: $0.count) }
      for bytes in 0...(list.byteCount + 2) {
        var offset = 0
        let index = sendv_seek(vectors, vectors.count, bytes, &offset)
        var expected = Array(list[index...])
        if !expected.isEmpty { expected[0] = expected[0].dropFirst(offset) }
        #expect(list.dropFirst(bytes: bytes) == expected, "\(list) without \(bytes)")
      }
    }
  }

  @Test("copies no bytes")
  func sharesStorage() {
    let list: [ArraySegment<UInt8>] = [[1, 2, 3], [4, 5, 6, 7], [8]]
    let rest = list.dropFirst(bytes: 5)
    #expect(rest.count == 2)
    list[1].withUnsafeBytes { whole in
      rest[0].withUnsafeBytes { #expect($0.baseAddress == whole.baseAddress! + 2) }
    }
    list[2].withUnsafeBytes { whole in
      rest[1].withUnsafeBytes { #expect($0.baseAddress == whole.baseAddress!) }
    }
  }

  @Test("in steps of any size comes to the same end")
  func stepsAddUp() {
    var generator = SeededGenerator(seed: runSeed)
    for round in 0..<200 {
      let list = randomList(segments: 1 + round, atMost: 2000, seed: runSeed &+ UInt64(round))
      let whole = list.joinedBytes
      var rest = list
      var gone = 0
      while !rest.isEmpty {
        let step = Int.random(in: 0...100, using: &generator)
        rest = rest.dropFirst(bytes: step)
        gone = min(gone + step, whole.count)
        #expect(rest.joinedBytes == Array(whole[gone...]), "seed \(runSeed), round \(round)")
        if gone == whole.count && step > 0 { #expect(rest.isEmpty, "seed \(runSeed), round \(round)") }
      }
    }
  }

  @Test("of a negative count traps")
  func trapsNegative() async {
    await #expect(processExitsWith: .failure) {
      let list: [ArraySegment<UInt8>] = [[1]]
      _ = list.dropFirst(bytes: -1)
    }
  }
}
