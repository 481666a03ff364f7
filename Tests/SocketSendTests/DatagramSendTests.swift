// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

private let counts = [1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 5000, 100_000]

extension SocketTests {
  @Suite("A list is one message on datagram and seqpacket sockets") struct DatagramSendTests {
    @Test("any number of segments up to 60 000 bytes: one message", arguments: DatagramKind.allCases, counts)
    func sendsOneMessage(kind: DatagramKind, segments: Int) throws {
      let seed = runSeed &+ UInt64(segments)
      let list = randomList(segments: segments, atMost: 60_000, seed: seed)
      let bytes = list.joinedBytes
      let before = list.fingerprint
      let pair = try kind.pair()
      let traces = try SendTraces.of(pair.sender) {
        #expect(errorOfSending(list, on: pair.sender) == nil)
      }
      #expect(traces.map(\.bytesAccepted) == [bytes.count] && traces.map(\.systemCalls) == [1])
      #expect(firstDifference(try #require(nextMessage(pair.receiver)), bytes) == nil, "seed \(seed)")
      #expect(nextMessage(pair.receiver) == nil, "never a second message")
      #expect(list.fingerprint == before && firstDifference(list.joinedBytes, bytes) == nil, "the list is unchanged")
    }

    @Test("the longest message UDP takes", arguments: [1, 2, 1024, 1025, 5000])
    func sendsTheLongest(segments: Int) throws {
      let pair = try udpPair()
      let list = evenList(segments: segments - 1, of: 13) + evenList(segments: 1, of: 65_507 - 13 * (segments - 1))
      #expect(try pair.sender.send(list) == 65_507)
      #expect(nextMessage(pair.receiver)?.count == 65_507)
    }

    @Test("UDP above 65 507 bytes: messageSize, nothing sent", arguments: [1, 2, 1024, 1025, 5000])
    func refusesLonger(segments: Int) throws {
      let pair = try udpPair()
      let list = evenList(segments: segments - 1, of: 13) + evenList(segments: 1, of: 65_508 - 13 * (segments - 1))
      #expect(errorOfSending(list, on: pair.sender) == SocketError(code: .messageSize, errno: EMSGSIZE))
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(nextMessage(pair.receiver) == [1], "the next message is the first that arrives")
    }

    @Test("a message longer than the send buffer: messageSize, nothing sent", arguments: [1, 1025, 100_000])
    func refusesLongerThanTheBuffer(segments: Int) throws {
      for kind in [Socket.Kind.datagram, .sequencedPacket] {
        let pair = try unixPair(kind, sendBuffer: 65_536)
        let list = evenList(segments: segments, of: (1 << 20) / segments + 1)
        #expect(errorOfSending(list, on: pair.sender) == SocketError(code: .messageSize, errno: EMSGSIZE))
        #expect(nextMessage(pair.receiver) == nil)
      }
    }

    @Test("one or more empty segments: one empty message", arguments: DatagramKind.allCases, [1, 2, 1024, 1025, 5000])
    func sendsAnEmptyMessage(kind: DatagramKind, empties: Int) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send(evenList(segments: empties, of: 0)) == 0)
      #expect(try pair.sender.send([[1]]) == 1)
      #expect(nextMessage(pair.receiver) == [])
      #expect(nextMessage(pair.receiver) == [1])
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("empty segments at the end: no second, empty message", arguments: DatagramKind.allCases, [1, 1023, 1024, 3000])
    func trailingEmpties(kind: DatagramKind, empties: Int) throws {
      let pair = try kind.pair()
      for data in [[[1, 2], [3]], evenList(segments: 1024, of: 2)] as [[ArraySegment<UInt8>]] {
        #expect(try pair.sender.send(data + evenList(segments: empties, of: 0)) == data.byteCount)
        #expect(nextMessage(pair.receiver) == data.joinedBytes)
        #expect(nextMessage(pair.receiver) == nil)
      }
    }

    @Test("empty segments before and among the data have no effect", arguments: DatagramKind.allCases)
    func emptiesElsewhere(kind: DatagramKind) throws {
      let pair = try kind.pair()
      for empties in [1, 1024, 2500] {
        let none = evenList(segments: empties, of: 0)
        #expect(try pair.sender.send(none + [[1]] + none + [[2, 3]]) == 3)
        #expect(nextMessage(pair.receiver) == [1, 2, 3])
        #expect(nextMessage(pair.receiver) == nil)
      }
    }

    @Test("a full receiver makes it wait, and the message goes whole", arguments: [DatagramKind.unix, .sequencedPacket])
    func waitsForRoom(kind: DatagramKind) async throws {
      let pair = try kind.pair()
      let queued = fill(pair.sender)
      let list = randomList(segments: 2000, atMost: 50_000, seed: runSeed)
      let sender = Sender(list, on: pair.sender)
      await sender.untilBlocked()
      #expect(!sender.isFinished)
      for _ in 0..<queued { #expect(nextMessage(pair.receiver) == [7]) }
      #expect(await sender.value.bytesSent == list.byteCount)
      #expect(nextMessage(pair.receiver) == list.joinedBytes)
    }
  }
}
