// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  /// A send holds pointers into the arrays of a list. These tests are for AddressSanitizer above all: it finds a byte that is
  /// read after its array went.
  @Suite("The list is kept alive across the call") struct SegmentLifetimeTests {
    @Test("a list of arrays that nothing else holds", arguments: [1, 2, 64, 65, 1024, 1025, 3000])
    func uniqueArrays(segments: Int) throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      for round in UInt8(0)..<10 {
        let count = try pair.sender.send(separateList(segments: segments, of: 17, filledWith: round))
        let received = readAll(pair.receiver, Pace(most: count))
        #expect(received.bytes == [UInt8](repeating: round, count: 17 * segments))
      }
    }

    @Test("a list that is replaced while its send waits", arguments: StreamKind.allCases)
    func replacedWhileBlocked(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      var list = separateList(segments: 200, of: 5000, filledWith: 1)
      let sender = Sender(list, on: pair.sender)
      await sender.untilBlocked()
      for index in list.indices { list[index] = ArraySegment([UInt8](repeating: 2, count: 5000)) }
      for index in list.indices { list[index][0] = 3 }
      list = []
      let received = await Reader(pair.receiver, Pace(most: 1_000_000)).value.bytes
      #expect(await sender.value.bytesSent == 1_000_000)
      #expect(received == [UInt8](repeating: 1, count: 1_000_000))
    }

    @Test("an array that is changed while its send waits: the list keeps what it had", arguments: StreamKind.allCases)
    func changedWhileBlocked(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      var array = [UInt8](repeating: 1, count: 1_000_000)
      let sender = Sender([array[100...]], on: pair.sender)
      await sender.untilBlocked()
      array.withUnsafeMutableBytes { _ = memset($0.baseAddress!, 9, $0.count) }
      array.removeAll()
      let received = await Reader(pair.receiver, Pace(most: 999_900)).value.bytes
      #expect(await sender.value.bytesSent == 999_900)
      #expect(received == [UInt8](repeating: 1, count: 999_900))
    }

    @Test("slices of large arrays whose owner is gone")
    func slices() throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      let list = (UInt8(0)..<20).map { byte in [UInt8](repeating: byte, count: 1 << 20)[500_000..<500_000 + Int(byte)] }
      #expect(try pair.sender.send(list) == 190)
      #expect(readAll(pair.receiver, Pace(most: 190)).bytes == list.joinedBytes)
    }

    @Test("empty slices: of nothing, of an array's start, middle and end")
    func emptySlices() throws {
      let pair = try unixPair(.stream)
      let array: [UInt8] = [1, 2, 3]
      let list: [ArraySegment<UInt8>] = [[], array[0..<0], array[1..<1], array[3...], array.dropFirst(3), array[...]]
      #expect(try pair.sender.send(list) == 3)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2, 3])
    }

    @Test("the same array many times over, and windows that overlap")
    func overlapping() throws {
      let pair = try unixPair(.stream)
      let array = [UInt8](0..<100)
      let list = (0..<90).map { array[$0..<$0 + 10] }
      #expect(try pair.sender.send(list) == 900)
      #expect(readAll(pair.receiver, Pace(most: 900)).bytes == list.joinedBytes)
    }

    @Test("a slice of an array literal and of a mapped sequence")
    func temporaries() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send([[1, 2, 3][1...], Array(repeating: UInt8(4), count: 3)[..<2]]) == 4)
      #expect(try pair.sender.send((UInt8(5)..<8).map { [$0, $0][...] }) == 6)
      #expect(try pair.receiver.receive(upTo: 99) == [2, 3, 4, 4, 5, 5, 6, 6, 7, 7])
    }

    @Test("arrays of a size at which small blocks end", arguments: [1, 15, 16, 17, 4095, 4096, 4097])
    func sizes(count: Int) throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      let list = separateList(segments: 5, of: count, filledWith: 8)
      #expect(try pair.sender.send(list) == 5 * count)
      #expect(readAll(pair.receiver, Pace(most: 5 * count)).bytes == list.joinedBytes)
    }
  }
}
