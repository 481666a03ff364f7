// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import SocketSendFoundation
import Testing

/// `Data` holds up to 14 bytes in its own value, which moves. What these tests are for, AddressSanitizer finds.
@Suite("Lists of Data") struct DataListTests {
  /// Sends the list over a stream and as a message, as a list of its type and as one that mixes; returns the bytes that arrive.
  private func arriving(_ list: [Data]) throws -> [[UInt8]] {
    let (stream, streamEnd) = try Socket.pair()
    let (messages, messagesEnd) = try Socket.pair(.datagram)
    try [stream, messages].forEach { try $0.setOption(.sendBufferSize, to: 1 << 20) }
    let mixed: [any ByteSegment] = list
    var arrived: [[UInt8]] = []
    for (sender, receiver) in [(stream, streamEnd), (messages, messagesEnd)] {
      #expect(try sender.send(list) == list.byteCount)
      arrived.append(try received(receiver, list.byteCount))
      #expect(try sender.send(mixed) == list.byteCount)
      arrived.append(try received(receiver, list.byteCount))
    }
    return arrived
  }

  /// The next `count` bytes; what is left for a second read after these would show in the next ones.
  private func received(_ socket: Socket, _ count: Int) throws -> [UInt8] {
    count == 0 ? [] : try socket.receive(upTo: count)
  }

  private func expectArrival(_ list: [Data], location: SourceLocation = #_sourceLocation) throws {
    let bytes = list.flatMap { Array($0) }
    #expect(try arriving(list) == Array(repeating: bytes, count: 4), sourceLocation: location)
  }

  private func counted(_ count: Int) -> Data { Data((0..<count).map { UInt8(truncatingIfNeeded: $0) }) }

  @Test("of 0 to 40 bytes: inside the value and not")
  func sizes() throws {
    for count in 1...40 { try expectArrival([counted(count)]) }
    try expectArrival((0...40).map(counted))
    try expectArrival((0...40).reversed().map(counted))
  }

  @Test("slices, short and long, of short and long ones")
  func slices() throws {
    let long = counted(1000)
    try expectArrival((0...40).map { long[500..<500 + $0] })
    try expectArrival((0...14).map { counted(14)[$0...] })
    try expectArrival([long[7..<900][10..<800][20...], long.dropLast(990), long.prefix(16), long[5..<5]])
  }

  @Test("more than a value's slice form holds, and a list of a thousand", arguments: [64, 65, 1000])
  func many(count: Int) throws {
    try expectArrival((0..<count).map { counted($0 % 30) })
  }

  @Test("memory that is not Data's own, and changed data")
  func otherStorage() throws {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 1)
    memory.initializeMemory(as: UInt8.self, repeating: 7, count: 100)
    try expectArrival([Data(bytesNoCopy: memory, count: 100, deallocator: .custom { memory, _ in memory.deallocate() })])
    var changed = counted(50)
    changed.append(contentsOf: [1, 2, 3])
    changed.removeFirst(20)
    try expectArrival([changed, Data(NSData(data: counted(30))), Data(referencing: NSMutableData(data: counted(31)))])
  }

  @Test("made for the call")
  func temporaries() throws {
    let (sender, receiver) = try Socket.pair()
    #expect(try sender.send((0..<100).map { Data(repeating: 5, count: $0) }) == 4950)
    #expect(try receiver.receive(upTo: 9999) == [UInt8](repeating: 5, count: 4950))
  }

  @Test("with other types in one list")
  func mixed() throws {
    let (sender, receiver) = try Socket.pair()
    let array: [UInt8] = [1, 2]
    #expect(try sender.send([Data([3]), array, "text".utf8, counted(20)]) == 27)
    #expect(try receiver.receive(upTo: 99) == [3, 1, 2] + Array("text".utf8) + Array(0..<20))
  }
}
