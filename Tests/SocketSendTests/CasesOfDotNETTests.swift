// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  /// The cases that .NET's own tests have.
  @Suite(".NET's own cases", .serialized) struct CasesOfDotNETTests {
    private func bytes(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
      var generator = SeededGenerator(seed: runSeed &+ seed)
      return randomBytes(count, using: &generator)
    }

    /// Sends the list over a pair and compares what arrives.
    private func roundTrip(_ list: [ArraySegment<UInt8>], _ pair: ConnectedPair) async throws {
      let reader = Reader(pair.receiver)
      let end = await Sender(list, on: pair.sender).value
      pair.sender.close()
      #expect(end.error == nil && end.bytesSent == list.byteCount)
      #expect(firstDifference(await reader.value.bytes, list.joinedBytes) == nil, "seed \(runSeed)")
    }

    @Test("a list of 23 bytes, a window of 100, an empty segment, a window of 9", arguments: StreamKind.allCases)
    func windows(kind: StreamKind) async throws {
      let list = [
        ArraySegment(bytes(23)), ArraySegment(bytes(200, seed: 2), offset: 51, count: 100), [],
        ArraySegment(bytes(40, seed: 3), offset: 31, count: 9),
      ]
      #expect(list.byteCount == 132)
      try await roundTrip(list, kind.pair())
    }

    @Test("the same list as one datagram", arguments: DatagramKind.allCases)
    func windowsDatagram(kind: DatagramKind) throws {
      let pair = try kind.pair()
      let list = [ArraySegment(bytes(23)), ArraySegment(bytes(200), offset: 51, count: 100), [], ArraySegment(bytes(9))]
      #expect(try pair.sender.send(list) == 132)
      #expect(nextMessage(pair.receiver) == list.joinedBytes)
    }

    @Test("5 × 12.3 MB at offsets 0 to 4", arguments: StreamKind.allCases)
    func large(kind: StreamKind) async throws {
      let count = 12_300_000
      let list = (0..<5).map { ArraySegment(bytes(count + $0, seed: UInt64($0)), offset: $0, count: count) }
      try await roundTrip(list, kind.pair())
    }

    @Test("2400 × 1 byte on TCP")
    func manyBytesTCP() async throws {
      try await roundTrip(bytes(2400).map { [$0] }, tcpPair())
    }

    @Test("1200 × 1 byte on UDP: one datagram, where .NET answers MessageSize")
    func manyBytesUDP() throws {
      let pair = try udpPair()
      let sent = bytes(1200)
      #expect(try pair.sender.send(sent.map { [$0] }) == 1200)
      #expect(nextMessage(pair.receiver) == sent)
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("single buffer, list of one, list of two in turn", arguments: StreamKind.allCases)
    func inTurn(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let reader = Reader(pair.receiver)
      let sent = bytes(300_000)
      let failure = await OwnThread { () -> SocketError? in
        for (turn, start) in stride(from: 0, to: sent.count, by: 1000).enumerated() {
          let window = sent[start..<start + 1000]
          let lists = [[window[...]], [ArraySegment(Array(window))], [window.prefix(333), window.dropFirst(333)]]
          if let error = errorOfSending(lists[turn % 3], on: pair.sender) { return error }
        }
        return nil
      }.value
      pair.sender.close()
      #expect(failure == nil)
      #expect(firstDifference(await reader.value.bytes, sent) == nil, "seed \(runSeed)")
    }

    @Test("non-blocking 5 MB returns between 0 and all", arguments: StreamKind.allCases)
    func nonblocking(kind: StreamKind) throws {
      let pair = try kind.pair()
      try pair.sender.setBlocking(false)
      let list = evenList(segments: 5, of: 1_000_000)
      let count = try pair.sender.send(list)
      #expect(count > 0 && count <= 5_000_000)
      #expect(drain(pair.receiver) <= count)
    }

    @Test("SO_SNDBUF and SO_RCVBUF 0", arguments: StreamKind.allCases)
    func noBuffers(kind: StreamKind) async throws {
      let list = randomList(segments: 300, atMost: 100_000, seed: runSeed)
      try await roundTrip(list, kind.pair(sendBuffer: 0, receiveBuffer: 0))
    }

    @Test("a time-out that leaves the socket usable")
    func timeOutLeavesUsable() async throws {
      let pair = try StreamKind.tcp.smallPair()
      pair.sender.sendTimeout = .milliseconds(100)
      let first = await Sender(evenList(segments: 100, of: 10_000), on: pair.sender).value
      #expect(first.code == .timedOut)
      #expect(await Reader(pair.receiver, Pace(most: first.bytesSent)).value.bytes.count == first.bytesSent)
      #expect(try sendHere([[1], [2]], on: pair.sender) == 2)
      #expect(try receiveHere(upTo: 9, from: pair.receiver) == [1, 2])
    }

    @Test("a sender in a loop while another thread closes: its peer sees a reset")
    func closeInALoop() async throws {
      let pair = try StreamKind.tcp.smallPair()
      let sender = OwnThread { () -> SocketError in
        while true {
          if let error = errorOfSending(evenList(segments: 10, of: 10_000), on: pair.sender) { return error }
        }
      }
      #expect(await Reader(pair.receiver, Pace(most: 300_000)).value.bytes.count == 300_000)
      await sender.untilBlocked()
      pair.sender.close()
      #expect(await sender.value.code == .connectionAborted)
      #expect(await Reader(pair.receiver).value.end == ECONNRESET)
    }

    @Test("shutdown with 100 MB pending: the peer reads all and then an end", arguments: StreamKind.allCases)
    func shutdownAfterMuch(kind: StreamKind) async throws {
      let pair = try kind.pair()
      let list = evenList(segments: 100, of: 1_000_000)
      let reader = OwnThread { readAll(pair.receiver) }
      #expect(await Sender(list, on: pair.sender).value.bytesSent == 100_000_000)
      try pair.sender.shutdown(.send)
      let received = await reader.value
      #expect(received.bytes.count == 100_000_000 && received.end == 0)
    }

    @Test("parallel senders on one socket lose nothing", arguments: StreamKind.allCases)
    func parallelSenders(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let reader = Reader(pair.receiver)
      let threads = (UInt8(0)..<8).map { thread in
        OwnThread { () -> Bool in
          (UInt8(0)..<50).allSatisfy { turn in
            // A record: who, which, and as many bytes as both together say.
            let body = [UInt8](repeating: thread, count: Int(thread) * 100 + Int(turn))
            return errorOfSending([[thread], [turn], body[...]], on: pair.sender) == nil
          }
        }
      }
      for thread in threads { #expect(await thread.value) }
      pair.sender.close()
      #expect(turnsByThread(await reader.value.bytes) == Array(repeating: Array(0..<50), count: 8))
    }
  }
}

/// Takes the records of the parallel senders apart. Returns the turns of each thread, in the order in which they came.
private func turnsByThread(_ bytes: [UInt8]) -> [[UInt8]] {
  var turns = Array(repeating: [UInt8](), count: 8)
  var rest = bytes[...]
  while let thread = rest.popFirst(), let turn = rest.popFirst(), thread < 8 {
    let body = rest.prefix(Int(thread) * 100 + Int(turn))
    guard body.allSatisfy({ $0 == thread }) else { break }
    rest = rest.dropFirst(body.count)
    turns[Int(thread)].append(turn)
  }
  return turns
}
