// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("send(_:skipping:)") struct SkippingTests {
    private static var list: [any ByteSegment] {
      ["ab".utf8, [UInt8](), [1, 2, 3] as [UInt8], "".utf8, "static" as StaticString]
    }
    private static let bytes: [UInt8] = Array("ab\u{1}\u{2}\u{3}static".utf8)

    @Test("sends what comes after, from every byte of the list")
    func everyByte() throws {
      let pair = try unixPair(.stream)
      let arrays: [[UInt8]] = [[], [1], [2, 3], [], [4, 5, 6], []]
      for skipped in 0..<Self.bytes.count {
        let rest = Array(Self.bytes[skipped...])
        #expect(try pair.sender.send(Self.list, skipping: skipped) == rest.count)
        #expect(try pair.sender.descriptor.send(Self.list, skipping: skipped, timeout: .seconds(5)) == rest.count)
        #expect(try pair.receiver.receive(upTo: 99) == rest + rest)
      }
      for skipped in 0..<6 {
        #expect(try pair.sender.send(arrays, skipping: skipped) == 6 - skipped)
        #expect(try pair.sender.descriptor.send(arrays, skipping: skipped) == 6 - skipped)
        #expect(
          try pair.receiver.receive(upTo: 99) == Array(arrays.joined().dropFirst(skipped))
            + arrays.joined().dropFirst(skipped))
      }
    }

    @Test("leaves an empty list after the last byte, as dropFirst(bytes:) does")
    func pastTheEnd() throws {
      let pair = try unixPair(.stream)
      for skipped in [Self.bytes.count, Self.bytes.count + 1, .max] {
        #expect(throws: SocketError(errno: EINVAL)) { try pair.sender.send(Self.list, skipping: skipped) }
        #expect(throws: SocketError(errno: EINVAL)) { try pair.sender.descriptor.send(["a".utf8], skipping: skipped) }
      }
      #expect(drain(pair.receiver) == 0)
    }

    @Test("a list of strings and arrays is resumed until all of it went", arguments: StreamKind.allCases)
    func resuming(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      try pair.sender.setBlocking(false)
      let list: [any ByteSegment] = (0..<3000).map { index -> any ByteSegment in
        index % 2 == 0 ? String(index).utf8 : countedBytes(index)
      }
      let total = list.byteCount
      let reader = Reader(pair.receiver, Pace(most: total))
      var sent = 0
      // The form that blocks, which the test itself, as it is asynchronous, cannot call.
      func sendRest() throws(SocketError) -> Int { try pair.sender.send(list, skipping: sent) }
      while sent < total {
        do throws(SocketError) {
          sent += try sendRest()
        } catch {
          try #require(error.code == .wouldBlock && error.bytesSent == 0)
          await Task.yield()
        }
      }
      let expected = (0..<3000).flatMap { index in index % 2 == 0 ? Array(String(index).utf8) : countedBytes(index) }
      #expect(sent == expected.count)
      #expect(firstDifference(await reader.value.bytes, expected) == nil)
    }

    @Test("a negative count traps")
    func trapsNegative() async {
      await #expect(processExitsWith: .failure) { try sendSkippingLessThanNothing() }
    }
  }
}

/// A function of its own, since an exit test is asynchronous and so cannot call the form that blocks.
private func sendSkippingLessThanNothing() throws {
  let (sender, _) = try Socket.pair()
  _ = try sender.send([[1] as [UInt8]], skipping: -1)
}
