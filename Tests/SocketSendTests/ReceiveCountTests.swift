// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSend

/// More bytes than any machine has memory for.
private let huge = [1 << 40, Int.max]

extension SocketTests {
  @Suite("receive(upTo:), whatever the count", .serialized) struct ReceiveCountTests {
    @Test("a negative count: invalidArgument, and what was there stays", arguments: [-1, Int.min])
    func negative(count: Int) throws {
      for kind in [Socket.Kind.stream, .datagram, .sequencedPacket] {
        let pair = try unixPair(kind)
        #expect(try pair.sender.send([[1], [2]]) == 2)
        #expect(throws: SocketError(errno: EINVAL)) { try pair.receiver.receive(upTo: count) }
        #expect(try pair.receiver.receive(upTo: 9) == [1, 2])
        pair.receiver.close()
        #expect(throws: SocketError(code: .closed, errno: EBADF)) { try pair.receiver.receive(upTo: count) }
      }
    }

    @Test("a huge count: what there is, and empty at the end", arguments: StreamKind.allCases, huge)
    func hugeOnStream(kind: StreamKind, count: Int) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send([[1], [2]]) == 2)
      #expect(try pair.receiver.receive(upTo: count) == [1, 2])
      #expect(try pair.sender.send([[3]]) == 1)
      pair.sender.close()
      #expect(try pair.receiver.receive(upTo: count) == [3])
      #expect(try pair.receiver.receive(upTo: count) == [])
    }

    @Test("a huge count: a whole message, and an empty one", arguments: DatagramKind.allCases, huge)
    func hugeOnMessages(kind: DatagramKind, count: Int) throws {
      let pair = try kind.pair()
      let list = randomList(segments: 100, atMost: 60_000, seed: runSeed)
      #expect(try pair.sender.send(list) == list.byteCount)
      #expect(try pair.sender.send([[], []]) == 0)
      #expect(try pair.sender.send([[4]]) == 1)
      #expect(try pair.receiver.receive(upTo: count) == list.joinedBytes, "seed \(runSeed)")
      #expect(try pair.receiver.receive(upTo: count) == [])
      #expect(try pair.receiver.receive(upTo: count) == [4])
    }

    #if os(Linux)
      @Test(
        "a message of more than 1 MiB comes whole, or cut at the count",
        .enabled(if: geteuid() == 0, "needs root: a large send buffer"),
        arguments: [DatagramKind.unix, .sequencedPacket])
      func longMessage(kind: DatagramKind) throws {
        let pair = try kind.pair()
        var buffer: CInt = 16 << 20
        #expect(setsockopt(pair.sender.descriptor.rawValue, SOL_SOCKET, SO_SNDBUFFORCE, &buffer, 4) == 0)
        // The kernel takes no Unix message of 4 MiB.
        let list = randomList(segments: 100, atMost: 2 << 20, seed: runSeed)
        let bytes = list.joinedBytes
        #expect(bytes.count > 1 << 20)
        for count in huge + [bytes.count, bytes.count - 1, 1 << 20, (1 << 20) + 1] {
          #expect(try pair.sender.send(list) == bytes.count)
          let received = try pair.receiver.receive(upTo: count)
          #expect(firstDifference(received, Array(bytes.prefix(count))) == nil, "\(count), seed \(runSeed)")
        }
        #expect(nextMessage(pair.receiver) == nil)
      }
    #endif

    @Test("the length of a message, on a system that tells the bytes received alone", arguments: DatagramKind.allCases)
    func lengthByLooking(kind: DatagramKind) throws {
      let pair = try kind.pair()
      let list = randomList(segments: 100, atMost: 60_000, seed: runSeed)
      let length = list.byteCount
      #expect(try pair.sender.send(list) == length)
      let number = pair.receiver.descriptor.rawValue
      for room in [1, 1000, length - 1, length, length + 1, 1 << 20] {
        for count in [1, 999, length - 1, length, length + 1, .max] {
          #expect(
            try SystemCalls.lengthOfMessage(number, upTo: count, flags: 0, from: room) == min(length, count),
            "room \(room), count \(count)")
        }
      }
      #expect(try pair.receiver.receive(upTo: .max) == list.joinedBytes, "looking takes nothing")
    }

    @Test(
      "a huge count waits, and returns when the socket is closed",
      arguments: [Socket.Kind.stream, .datagram, .sequencedPacket])
    func closed(kind: Socket.Kind) async throws {
      let pair = try unixPair(kind)
      let receiving = OwnThread { errorOf { () throws(SocketError) in _ = try pair.receiver.receive(upTo: .max) } }
      await receiving.untilBlocked()
      #expect(!receiving.isFinished)
      pair.receiver.close()
      let expected: SocketError.Code = kind == .stream ? .connectionAborted : .interrupted
      #expect(await receiving.value?.code == expected)
    }

    @Test("a huge count in non-blocking mode: wouldBlock", arguments: [Socket.Kind.stream, .datagram, .sequencedPacket])
    func nonblocking(kind: Socket.Kind) throws {
      let pair = try unixPair(kind)
      try pair.receiver.setBlocking(false)
      for count in huge { #expect(throws: SocketError(errno: EAGAIN)) { try pair.receiver.receive(upTo: count) } }
    }

    @Test("0: a message is taken, and none of its bytes")
    func zero() throws {
      let pair = try unixPair(.datagram)
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(try pair.sender.send([[2]]) == 1)
      #expect(try pair.receiver.receive(upTo: 0) == [])
      #expect(try pair.receiver.receive(upTo: 9) == [2])
    }
  }
}
