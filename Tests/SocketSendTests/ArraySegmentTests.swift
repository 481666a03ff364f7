// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@Suite("ArraySegment(_:offset:count:)") struct ArraySegmentTests {
  @Test("every window of a small array holds its elements")
  func windows() {
    let array = Array(0..<6)
    for offset in 0...6 {
      for count in 0...(6 - offset) {
        let segment = ArraySegment(array, offset: offset, count: count)
        #expect(Array(segment) == Array(offset..<offset + count))
        #expect(segment.startIndex == offset && segment.endIndex == offset + count)
      }
    }
  }

  @Test("a window copies nothing")
  func sharesStorage() {
    let array = [UInt8](repeating: 1, count: 100)
    let segment = ArraySegment(array, offset: 40, count: 20)
    array.withUnsafeBytes { whole in
      segment.withUnsafeBytes { #expect($0.baseAddress == whole.baseAddress! + 40) }
    }
  }

  @Test("a window keeps its bytes when the array changes or goes")
  func outlivesTheArray() {
    var array: [UInt8] = [1, 2, 3, 4]
    let segment = ArraySegment(array, offset: 1, count: 2)
    array[1] = 9
    array = []
    #expect(Array(segment) == [2, 3])
  }

  @Test("a window past the end traps")
  func trapsPastTheEnd() async {
    await #expect(processExitsWith: .failure) { _ = ArraySegment([1, 2, 3], offset: 2, count: 2) }
  }

  @Test("an offset past the end traps, with a count of 0 too")
  func trapsOffsetPastTheEnd() async {
    await #expect(processExitsWith: .failure) { _ = ArraySegment([1, 2, 3], offset: 4, count: 0) }
  }

  @Test("a negative offset traps")
  func trapsNegativeOffset() async {
    await #expect(processExitsWith: .failure) { _ = ArraySegment([1, 2, 3], offset: -1, count: 2) }
  }

  @Test("a negative count traps")
  func trapsNegativeCount() async {
    await #expect(processExitsWith: .failure) { _ = ArraySegment([1, 2, 3], offset: 2, count: -1) }
  }

  @Test("an offset and a count that overflow trap")
  func trapsOverflow() async {
    await #expect(processExitsWith: .failure) { _ = ArraySegment([1, 2, 3], offset: 2, count: .max) }
  }
}
