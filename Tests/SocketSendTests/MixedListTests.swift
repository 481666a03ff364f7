// SPDX-License-Identifier: Apache-2.0
import Dispatch
import SocketSend
import Testing

/// A message that adds its parts, those that are made for the purpose too.
private struct Message: ByteSegment {
  var name: String
  var body: [UInt8]

  func addBytes(to list: inout SegmentList) {
    list.append("Name: \(name)\r\n".utf8)
    list.append("Length: \(body.count)\r\n\r\n".utf8)
    list.append(body)
  }

  var bytes: [UInt8] { Array("Name: \(name)\r\nLength: \(body.count)\r\n\r\n".utf8) + body }
}

/// A value that holds its bytes inside.
private struct Length: ByteSegment {
  var value: UInt32

  func addBytes(to list: inout SegmentList) {
    let bytes = ContiguousArray(bytes)
    list.append(copyOf: bytes.span)
  }

  var bytes: [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
}

/// A value that passes on to its stored properties, which live as long as it does.
private struct Pair: ByteSegment {
  var first: [UInt8]
  var second: Length

  func addBytes(to list: inout SegmentList) {
    unsafe first.addBytes(to: &list)
    second.addBytes(to: &list)
  }
}

private struct Nothing: ByteSegment {
  func addBytes(to list: inout SegmentList) {}
}

/// An object: the list has the reference alone.
private final class Page: ByteSegment {
  let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }
  func addBytes(to list: inout SegmentList) { unsafe bytes.addBytes(to: &list) }
}

extension SocketTests {
  @Suite("Types of one's own, and lists that mix") struct MixedListTests {
    @Test("a message adds several segments, kept until they were sent")
    func messages() throws {
      for count in [1, 21, 22, 500] {
        let list = (0..<count).map { Message(name: String(repeating: "n", count: $0), body: countedBytes($0 % 50)) }
        let limited = Array(list.prefix(60))
        try expectArrival(of: limited, as: limited.flatMap(\.bytes))
        let pair = try unixPair(.stream, sendBuffer: 1 << 20)
        let expected = list.flatMap(\.bytes)
        #expect(try pair.sender.send(list) == expected.count)
        #expect(readAll(pair.receiver, Pace(most: expected.count)).bytes == expected)
      }
    }

    @Test("bytes inside the value, a hundred copies and a long one")
    func copies() throws {
      try expectArrival(
        of: (0..<100).map { Length(value: $0 << 20) }, as: (0..<100).flatMap { Length(value: $0 << 20).bytes })
      struct Long: ByteSegment {
        func addBytes(to list: inout SegmentList) {
          for bytes in [countedBytes(5000), [], [9]] { list.append(copyOf: ContiguousArray(bytes).span) }
        }
      }
      try expectArrival(of: [Long(), Long()], as: countedBytes(5000) + [9] + countedBytes(5000) + [9])
    }

    @Test("a value passes on to its properties")
    func parts() throws {
      let list = (0..<70).map { Pair(first: countedBytes($0), second: Length(value: UInt32($0))) }
      try expectArrival(of: list, as: list.flatMap { $0.first + $0.second.bytes })
    }

    @Test("objects that nothing else holds")
    func objects() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send((0..<100).map { Page(countedBytes($0)) }) == 4950)
      #expect(readAll(pair.receiver, Pace(most: 4950)).bytes == (0..<100).flatMap(countedBytes))
    }

    @Test("a value that adds no segment is an empty one")
    func nothing() throws {
      try expectArrival(of: [Nothing()], as: [])
      try expectArrival(of: [Nothing(), Nothing()], as: [])
    }

    @Test("everything in one list")
    func everything() throws {
      let bytes = countedBytes(20)
      let text = "A text that is longer than a value holds inside"
      var memory = countedBytes(30)
      try memory.withUnsafeMutableBytes { memory in
        let list: [any ByteSegment] = [
          bytes, "short".utf8, Nothing(), text.utf8, bytes[3..<9], ContiguousArray(bytes), "static" as StaticString,
          UnsafeRawBufferPointer(memory), memory, text.dropFirst(30).utf8, text.prefix(2).utf8, [UInt8](),
          Message(name: "m", body: bytes), Length(value: 77), bytes.withUnsafeBytes { DispatchData(bytes: $0) },
        ]
        let expected: [[UInt8]] = [
          bytes, Array("short\(text)".utf8), Array(bytes[3..<9]), bytes, Array("static".utf8), Array(memory), Array(memory),
          Array(text.dropFirst(30).utf8), Array(text.prefix(2).utf8), Message(name: "m", body: bytes).bytes,
          Length(value: 77).bytes, bytes,
        ]
        let pair = try unixPair(.stream)
        #expect(try pair.sender.send(list) == list.byteCount)
        #expect(readAll(pair.receiver, Pace(most: list.byteCount)).bytes == Array(expected.joined()))
      }
    }

    @Test("a literal that mixes needs no type written out")
    func literal() throws {
      let pair = try unixPair(.stream)
      let body: [UInt8] = [1, 2]
      #expect(try pair.sender.send(["ab".utf8, body, body[1...]]) == 5)
      #expect(try pair.sender.descriptor.send(["c" as StaticString, body]) == 3)
      #expect(try pair.receiver.receive(upTo: 99) == [97, 98, 1, 2, 2, 99, 1, 2])
    }

    @Test("checks come in the same order: closed, empty list, flags")
    func checks() throws {
      let socket = try Socket(.ipv4, .stream)
      let none: [[UInt8]] = []
      let noneMixed: [any ByteSegment] = []
      /// How the sends of an empty list, and then those of others, end.
      func codes(_ flags: SocketFlags) -> [SocketError.Code?] {
        [
          SendEnd { () throws(SocketError) in try socket.send(none, flags: flags) },
          SendEnd { () throws(SocketError) in try socket.send(noneMixed, flags: flags) },
          SendEnd { () throws(SocketError) in try socket.send(["a".utf8], flags: flags) },
          SendEnd { () throws(SocketError) in try socket.send([Nothing()], flags: flags) },
          SendEnd { () throws(SocketError) in try socket.send(["a".utf8, [1] as [UInt8]], flags: flags) },
        ].map(\.code)
      }
      let traces = try SendTraces.of(socket) {
        let refused = SocketError.Code.operationNotSupported
        #expect(codes(.partial) == [.invalidArgument, .invalidArgument, refused, refused, refused])
        #expect(codes([]) == [.invalidArgument, .invalidArgument, .shutdown, .shutdown, .shutdown])
      }
      #expect(traces.map(\.systemCalls) == [0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
      #expect(traces.map(\.segments) == [0, 0, 1, 1, 2, 0, 0, 1, 1, 2])
      socket.close()
      #expect(codes(.partial) == Array(repeating: .closed, count: 5))
      #expect(throws: SocketError(errno: EINVAL)) { try SocketDescriptor(rawValue: -1).send(none, flags: .partial) }
      #expect(throws: SocketError(errno: EOPNOTSUPP)) {
        try SocketDescriptor(rawValue: -1).send([Nothing()], flags: .partial)
      }
    }
  }
}
