// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Sends of one value, and of strings") struct OneValueTests {
    private func arrival(_ send: (Socket) throws -> Int) throws -> String {
      let pair = try unixPair(.stream)
      let sent = try send(pair.sender)
      let bytes = try pair.receiver.receive(upTo: 1000)
      #expect(bytes.count == sent)
      return String(decoding: bytes, as: UTF8.self)
    }

    @Test("a string, a part of one, an array, a slice and a buffer need no list around them")
    func values() throws {
      let text = "some text that a string does not hold inside"
      #expect(try arrival { try $0.send("short") } == "short")
      #expect(try arrival { try $0.send(text) } == text)
      #expect(try arrival { try $0.send(text.dropFirst(5)) } == text.dropFirst(5))
      #expect(try arrival { try $0.send(Array(text.utf8)) } == text)
      #expect(try arrival { try $0.send(Array(text.utf8)[5...]) } == text.dropFirst(5))
      #expect(try arrival { socket in try text.utf8.withContiguousStorageIfAvailable { try socket.send($0) } ?? 0 } == text)
      #expect(try arrival { try $0.send(text, skipping: 5) } == text.dropFirst(5))
      #expect(try arrival { try $0.descriptor.send("by descriptor") } == "by descriptor")
    }

    @Test("strings stand in lists, alone and among other types")
    func lists() throws {
      let body: [UInt8] = Array("body".utf8)
      #expect(try arrival { try $0.send(["one ", "two"]) } == "one two")
      #expect(try arrival { try $0.send(["head ", body, " tail"[...]]) } == "head body tail")
      struct Message: ByteSegment {
        var body: [UInt8]
        func addBytes(to list: inout SegmentList) {
          list.append("Content-Length: \(body.count)\r\n\r\n")
          list.append(body)
        }
      }
      #expect(try arrival { try $0.send(Message(body: body)) } == "Content-Length: 4\r\n\r\nbody")
    }

    @Test("a value that adds nothing is an empty message")
    func nothing() throws {
      struct Nothing: ByteSegment { func addBytes(to list: inout SegmentList) {} }
      let pair = try unixPair(.datagram)
      #expect(try pair.sender.send(Nothing()) == 0)
      #expect(try pair.receiver.receive(upTo: 10) == [])
    }

    @Test("short strings of any number, with long values between", arguments: [1, 31, 32, 33, 63, 64, 65, 200])
    func shortStrings(count: Int) throws {
      let pair = try unixPair(.stream)
      let list: [any ByteSegment] = (0..<count).map { index -> any ByteSegment in
        if index % 3 == 2 { countedBytes(40) } else { "s\(index)," }
      }
      let expected = (0..<count).flatMap { $0 % 3 == 2 ? countedBytes(40) : Array("s\($0),".utf8) }
      try pair.sender.send(list)
      #expect(firstDifference(readAll(pair.receiver, Pace(most: expected.count)).bytes, expected) == nil)
    }

    @Test("a time-out of one call counts in any mode, and another send keeps the socket's own")
    func timeout() throws {
      let pair = try StreamKind.unix.smallPair()
      pair.sender.sendTimeout = .seconds(3600)
      let list = [[UInt8]](repeating: countedBytes(1 << 20), count: 2)
      let error = #expect(throws: SocketError.self) { try pair.sender.send(list, timeout: .milliseconds(20)) }
      #expect(error?.isOwnTimeout == true && error!.bytesSent > 0)
      let slices = list.map { $0[...] }
      #expect(throws: SocketError.self) { try pair.sender.send(slices, timeout: .zero) }
      try pair.sender.setBlocking(false)
      let other = #expect(throws: SocketError.self) { try pair.sender.send(slices, timeout: .milliseconds(20)) }
      #expect(other?.isOwnTimeout == true)
      let full = #expect(throws: SocketError.self) { try pair.sender.send(slices) }
      #expect(full?.code == .wouldBlock)
    }

    @Test("a descriptor sends to an address")
    func address() throws {
      let receiver = try boundUDP()
      let sender = try Socket(.ipv4, .datagram)
      let address = try receiver.localAddress
      try sender.descriptor.send("one", to: address)
      try sender.descriptor.send(["t", "w", "o"], to: address, flags: .dontRoute)
      try sender.descriptor.send([Array("three".utf8)[...]], to: address)
      for text in ["one", "two", "three"] { #expect(try receiver.receive(upTo: 10) == Array(text.utf8)) }
    }

    @Test("a time-out of one call counts the wait for the turn")
    func turn() throws {
      let pair = try StreamKind.unix.smallPair()
      let list = [[UInt8]](repeating: countedBytes(1 << 20), count: 4)
      let sender = OwnThread { Result { try pair.sender.send(list) } }
      _ = try pair.receiver.receive(upTo: 1)
      let error = #expect(throws: SocketError.self) { try pair.sender.send("x", timeout: .milliseconds(20)) }
      #expect(error?.isOwnTimeout == true && error?.bytesSent == 0)
      pair.receiver.close()
      _ = sender
    }
  }
}

extension SocketTests {
  @Suite("The bytes of a value and of a list") struct ByteCountTests {
    /// A type that leaves the count to the module.
    private struct Pair: ByteSegment {
      var first: String
      var second: [UInt8]
      func addBytes(to list: inout SegmentList) {
        list.append(first)
        list.append(second)
      }
    }

    @Test("are as many as a send sends, of each type")
    func counts() throws {
      let bytes = countedBytes(100)
      try bytes.withUnsafeBytes { raw in
        let text = "twelve bytes and some more: é"
        let values: [any ByteSegment] = [
          bytes, bytes[3...], ContiguousArray(bytes), raw, raw.bindMemory(to: UInt8.self), text, text.dropFirst(3),
          text.utf8, text.dropLast().utf8, "static" as StaticString, Pair(first: text, second: bytes),
        ]
        for value in values {
          let pair = try unixPair(.stream)
          #expect(try pair.sender.send(value) == value.byteCount, "\(type(of: value))")
        }
        let pair = try unixPair(.stream)
        #expect(try pair.sender.send(values) == values.byteCount)
        #expect(try pair.sender.send([text, "", "b"]) == [text, "", "b"].byteCount)
      }
    }
  }
}
