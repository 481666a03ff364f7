// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

private let counts = [1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 5000, 100_000]

extension SocketTests {
  @Suite("A stream gets every byte of the list") struct StreamSendTests {
    @Test(
      "any number of segments, random lengths, empties among them, small buffers, slow reader",
      arguments: StreamKind.allCases, counts)
    func sendsAll(kind: StreamKind, segments: Int) async throws {
      let seed = runSeed &+ UInt64(segments)
      let list = randomList(segments: segments, atMost: 400_000, seed: seed)
      let bytes = list.joinedBytes
      let before = list.fingerprint
      let pair = try kind.smallPair()
      let reader = Reader(pair.receiver, .slow)
      let sender = await Sender(list, on: pair.sender).value
      pair.sender.close()
      let received = await reader.value
      #expect(sender.error == nil && sender.bytesSent == bytes.count, "seed \(seed)")
      #expect(received.end == 0)
      #expect(firstDifference(received.bytes, bytes) == nil, "seed \(seed)")
      #expect(list.fingerprint == before && firstDifference(list.joinedBytes, bytes) == nil, "the list is unchanged")
    }

    @Test("by SocketDescriptor, with and without a time-out of the call", arguments: StreamKind.allCases)
    func sendsByDescriptor(kind: StreamKind) async throws {
      let list = randomList(segments: 3000, atMost: 300_000, seed: runSeed)
      for timeout in [nil, Duration.seconds(30)] {
        let pair = try kind.smallPair()
        let reader = Reader(pair.receiver, .slow)
        let sender = await Sender(list, on: pair.sender.descriptor, timeout: timeout).value
        pair.sender.close()
        #expect(sender.error == nil && sender.bytesSent == list.byteCount)
        #expect(firstDifference(await reader.value.bytes, list.joinedBytes) == nil, "seed \(runSeed)")
      }
    }

    @Test(
      "a list that fits costs one system call for each 1024 long segments and each MiB; short segments count as one",
      arguments: StreamKind.allCases)
    func costsFewSystemCalls(kind: StreamKind) throws {
      let pair = try kind.pair(sendBuffer: 4 << 20)
      let shapes = [
        (1, 1100, 1), (2, 1100, 1), (1024, 600, 1), (1025, 600, 2), (2049, 600, 3), (1025, 3, 1), (20_000, 3, 1),
        (1, 1 << 20, 1), (1, (1 << 20) + 1, 2), (1024, 1100, 2),
      ]
      for (segments, bytes, calls) in shapes {
        let list = evenList(segments: segments, of: bytes) + [[], []]
        let traces = try SendTraces.of(pair.sender) {
          #expect(errorOfSending(list, on: pair.sender) == nil)
        }
        #expect(traces.first?.systemCalls == calls && traces.first?.waits == 0, "\(segments) segments")
        #expect(drain(pair.receiver) == list.byteCount)
      }
    }

    @Test("one or more empty segments: 0 bytes", arguments: StreamKind.allCases)
    func sendsNothing(kind: StreamKind) throws {
      let pair = try kind.pair()
      for list in [[[]], [[], []], evenList(segments: 2000, of: 0)] {
        #expect(try pair.sender.send(list) == 0)
      }
      pair.sender.close()
      let received = readAll(pair.receiver)
      #expect(received.bytes.isEmpty && received.end == 0)
    }

    @Test("only empty segments on a broken or unconnected socket still say so")
    func emptiesSeeTheError() throws {
      #expect(errorOfSending([[], []], on: try Socket(.ipv4, .stream))?.code == .shutdown)
      #expect(errorOfSending([[], []], on: try Socket(.unix, .stream))?.code == .notConnected)
      let pair = try unixPair(.stream)
      pair.receiver.close()
      #expect(errorOfSending([[]], on: pair.sender)?.code == .shutdown)
    }

    @Test("1024 or more empty segments before data: sent", arguments: StreamKind.allCases)
    func emptiesBeforeData(kind: StreamKind) throws {
      let pair = try kind.pair()
      for empties in [1023, 1024, 1025, 3000] {
        let list = evenList(segments: empties, of: 0) + [[1, 2], [], [3]]
        #expect(try pair.sender.send(list) == 3, "\(empties) empty segments first")
        #expect(readAll(pair.receiver, Pace(most: 3)).bytes == [1, 2, 3])
      }
    }

    @Test("empty segments anywhere have no effect, nor cost a system call", arguments: StreamKind.allCases)
    func emptiesAnywhere(kind: StreamKind) throws {
      for data in [3, 1024] {
        let pair = try kind.pair()
        let bytes = (0..<data).map { UInt8(truncatingIfNeeded: $0) }
        let list: [ArraySegment<UInt8>] = [[]] + bytes.flatMap { [[], [$0], []] }
        let traces = try SendTraces.of(pair.sender) {
          #expect(errorOfSending(list, on: pair.sender) == nil)
        }
        #expect(traces.map(\.systemCalls) == [1])
        pair.sender.close()
        #expect(readAll(pair.receiver).bytes == bytes)
      }
    }

    @Test("success does not mean delivered: nobody has read", arguments: StreamKind.allCases)
    func acceptedIsNotDelivered(kind: StreamKind) throws {
      let pair = try kind.pair()
      #expect(try pair.sender.send(evenList(segments: 10, of: 100)) == 1000)
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes.count == 1000, "sent by the system after the close")
    }

    @Test("blocks when there is no buffer space, until every byte is sent", arguments: StreamKind.allCases)
    func blocksForRoom(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let sender = Sender(evenList(segments: 20, of: 1 << 16), on: pair.sender)
      await sender.untilBlocked()
      #expect(!sender.isFinished)
      let received = await Reader(pair.receiver, Pace(most: 20 << 16)).value
      #expect(await sender.value.bytesSent == 20 << 16)
      #expect(received.bytes.count == 20 << 16)
    }

    @Test("total above 2 GiB: counted in 64 bits")
    func sendsThreeGiB() async throws {
      let list = evenList(segments: 1024, of: 3 << 20)
      let pair = try tcpPair()
      let reader = OwnThread { discardAll(pair.receiver) }
      let sender = await Sender(list, on: pair.sender).value
      pair.sender.close()
      #expect(sender.error == nil && sender.bytesSent == 3 << 30)
      #expect(await reader.value == 3 << 30)
    }
  }
}

/// Takes a TCP stream to its end without copying it. Returns its length.
private func discardAll(_ socket: Socket) -> Int {
  var total = 0
  while true {
    let count = recv(socket.descriptor.rawValue, nil, 1 << 22, CInt(MSG_TRUNC))
    if count <= 0 { return total }
    total += count
  }
}
