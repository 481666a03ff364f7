// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Lists of arrays") struct ArrayListTests {
    @Test("arrays of every small length, empty ones among them")
    func arrays() throws {
      let list = (0..<40).map(countedBytes)
      try expectArrival(of: list, as: Array(list.joined()))
      try expectArrival(of: [[UInt8]()], as: [])
    }

    @Test("contiguous arrays")
    func contiguousArrays() throws {
      let list = (0..<40).map { ContiguousArray(countedBytes($0)) }
      try expectArrival(of: list, as: Array(list.joined()))
      try expectArrival(of: [ContiguousArray<UInt8>(), []], as: [])
    }

    @Test("slices, as a list of any type too")
    func slices() throws {
      let array = countedBytes(1000)
      let list = (0..<40).map { array[$0 * 3..<$0 * 4] } + [array[...], array[7..<7], array[1000...], []]
      try expectArrival(of: list, as: Array(list.joined()))
    }

    @Test("segments on both sides of where the list moves to the heap", arguments: [1, 63, 64, 65, 128, 129, 1025, 5000])
    func counts(segments: Int) throws {
      let list = (0..<segments).map { countedBytes($0 % 7) }
      try expectArrival(of: list, as: Array(list.joined()))
    }

    @Test("arrays that nothing else holds, made for the call", arguments: [1, 64, 65, 3000])
    func temporaries(segments: Int) throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      for round in UInt8(0)..<10 {
        #expect(try pair.sender.send((0..<segments).map { _ in [UInt8](repeating: round, count: 17) }) == 17 * segments)
        #expect(
          readAll(pair.receiver, Pace(most: 17 * segments)).bytes == [UInt8](repeating: round, count: 17 * segments))
      }
    }

    @Test("a list that is replaced while its send waits", arguments: StreamKind.allCases)
    func replacedWhileBlocked(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      var list = (0..<200).map { _ in [UInt8](repeating: 1, count: 5000) }
      let sender = Sender(of: list, on: pair.sender)
      await sender.untilBlocked()
      for index in list.indices { list[index][0] = 3 }
      list = []
      let received = await Reader(pair.receiver, Pace(most: 1_000_000)).value.bytes
      #expect(await sender.value.bytesSent == 1_000_000)
      #expect(received == [UInt8](repeating: 1, count: 1_000_000))
    }

    @Test("a list written out goes as before, whatever types could stand for it")
    func literals() throws {
      let pair = try unixPair(.stream)
      let array: [UInt8] = [7, 8]
      #expect(try pair.sender.send([[1, 2], [3]]) == 3)
      #expect(try pair.sender.send([[]]) == 0)
      #expect(try pair.sender.send([array, [9]]) == 3)
      #expect(try pair.sender.send([array[1...], [9]]) == 2)
      #expect(try pair.sender.descriptor.send([[4], []], timeout: .zero) == 1)
      #expect(errorOfSending([], on: pair.sender)?.code == .invalidArgument)
      #expect(try pair.receiver.receive(upTo: 99) == [1, 2, 3, 7, 8, 9, 8, 9, 4])
    }
  }
}

extension OwnThread where Value == SendEnd {
  /// Sends a list of any type on a thread of its own.
  convenience init<Segment: ByteSegment & Sendable>(of list: [Segment], on socket: Socket) {
    self.init { SendEnd { () throws(SocketError) in try socket.send(list) } }
  }
}
