// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// A list that no small pair holds.
private let large = randomList(segments: 500, atMost: 4 << 20, seed: 1)

/// A send in a task of its own.
private func sending(
  _ list: [ArraySegment<UInt8>], on socket: Socket, flags: SocketFlags = []
) -> Task<SendEnd, Never> {
  Task { await SendEnd { () async throws(SocketError) in try await socket.send(list, flags: flags) } }
}

extension SendEnd {
  fileprivate init(_ send: () async throws(SocketError) -> Int) async {
    let start = ContinuousClock.now
    var result: Result<Int, SocketError>
    do throws(SocketError) {
      result = .success(try await send())
    } catch {
      result = .failure(error)
    }
    self.init { () throws(SocketError) in try result.get() }
    duration = start.duration(to: finished)
  }
}

extension SocketTests {
  @Suite("Sends that suspend", .serialized) struct AsyncSendTests {
    @Test("a list that has to wait arrives whole", arguments: StreamKind.allCases)
    func arrivesWhole(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let send = sending(large, on: pair.sender)
      let reader = Reader(pair.receiver, .slow)
      let end = await send.value
      #expect(end.error == nil && end.bytesSent == large.byteCount)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, large.joinedBytes) == nil)
    }

    @Test("it waits on a socket in non-blocking mode too, and sends what fits where it is not to wait")
    func nonBlockingMode() async throws {
      let pair = try StreamKind.unix.smallPair()
      try pair.sender.setBlocking(false)
      let some = try await pair.sender.send(large, flags: .doNotWait)
      #expect(some > 0 && some < large.byteCount)
      fill(pair.sender)
      let full = await sending(large, on: pair.sender, flags: .doNotWait).value
      #expect(full.error == SocketError(code: .wouldBlock, errno: EAGAIN))
      let held = drain(pair.receiver)
      #expect(held >= some)
      let send = sending(large, on: pair.sender)
      let reader = Reader(pair.receiver)
      #expect(await send.value.error == nil)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, large.joinedBytes) == nil)
    }

    @Test(
      "lists of other types, with short values that stand inside the list, over many waits", arguments: StreamKind.allCases)
    func otherLists(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let reader = Reader(pair.receiver, .slow)
      let arrays = (0..<3000).map { [UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: $0 % 700) }
      let mixed: [any ByteSegment] = (0..<3000).flatMap { index -> [any ByteSegment] in
        ["\(index)".utf8, arrays[index], [][...], "a longer text that stands on the heap, \(index)".utf8]
      }
      let expected =
        arrays.flatMap { $0 }
        + (0..<3000).flatMap { index in
          Array("\(index)".utf8) + arrays[index] + Array("a longer text that stands on the heap, \(index)".utf8)
        }
      #expect(try await pair.sender.send(arrays) == arrays.byteCount)
      #expect(try await pair.sender.send(mixed) == mixed.byteCount)
      #expect(try await pair.sender.descriptor.send(arrays, skipping: arrays.byteCount - 5) == 5)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, expected + arrays.joined().suffix(5)) == nil)
    }

    @Test("thousands of empty segments at either end of a list change nothing")
    func emptySegments() async throws {
      let pair = try StreamKind.tcp.pair()
      let empty = [ArraySegment<UInt8>](repeating: [], count: 3000)
      #expect(try await pair.sender.send(empty) == 0)
      #expect(try await pair.sender.send(empty + [[1, 2], [3]] + empty) == 3)
      #expect(try await pair.sender.send(empty + [[4]] + empty + [[5]] + empty, flags: .endOfRecord) == 2)
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes == [1, 2, 3, 4, 5])
    }

    @Test("a message is one message, and waits for room", arguments: DatagramKind.allCases)
    func messages(kind: DatagramKind) async throws {
      let pair = try kind.pair()
      let list = randomList(segments: 1500, atMost: 30_000, seed: 2)
      #expect(try await pair.sender.send(list) == list.byteCount)
      #expect(nextMessage(pair.receiver) == list.joinedBytes)
      if kind == .udp { return }  // the kernel drops what a receiver has no room for: nothing waits
      while (try? await pair.sender.send([[1]], flags: .doNotWait)) != nil {}
      let send = sending(list, on: pair.sender)
      var last: [UInt8]?
      let arrived = await eventually {
        last = nextMessage(pair.receiver) ?? last
        return last != [1] && last != nil
      }
      #expect(arrived && last == list.joinedBytes)
      #expect(await send.value.error == nil)
    }

    @Test("the same answers as from the sends that block")
    func sameAnswers() async throws {
      let pair = try StreamKind.tcp.pair()
      #expect(await sending([], on: pair.sender).value.code == .invalidArgument)
      #expect(await sending([[1]], on: pair.sender, flags: .partial).value.code == .operationNotSupported)
      #expect(await sending([[], []], on: pair.sender).value.bytesSent == 0)
      pair.receiver.closeWithReset()
      await pair.sender.untilPolled(POLLHUP)
      #expect(await sending([[1]], on: pair.sender).value.code == .connectionReset)
      #expect(await sending([[1]], on: pair.sender).value.code == .shutdown)
      pair.sender.close()
      #expect(await sending([], on: pair.sender).value.error == SocketError(code: .closed, errno: EBADF))
    }

    @Test("the time-out is a total, and counts what went", arguments: StreamKind.allCases)
    func timesOut(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      pair.sender.sendTimeout = .milliseconds(300)
      let stop = Flag()
      let reader = Reader(pair.receiver, .trickle, until: stop)
      let end = await sending(large, on: pair.sender).value
      stop.raise()
      #expect(end.code == .timedOut && (.milliseconds(300)...(.milliseconds(450))).contains(end.duration))
      let trickled = await reader.value.bytes.count
      pair.sender.close()
      let rest = await Reader(pair.receiver).value.bytes.count
      #expect(trickled + rest == end.bytesSent)
    }

    @Test("a Unix peer that stops reading ends the send, and the sends that wait for their turn", arguments: 0..<10)
    func peerStopsReading(round: Int) async throws {
      let pair = try StreamKind.unix.smallPair()
      let first = sending(large, on: pair.sender)
      await pair.sender.untilFull()
      let others = (0..<5).map { _ in sending([[1]], on: pair.sender) }
      try await Task.sleep(for: .milliseconds(10 * round))  // the others may wait by then, or come later
      try pair.receiver.shutdown(.receive)
      for send in [first] + others { #expect(await send.value.code == .shutdown) }
      #expect(await sending([[1]], on: pair.sender).value.code == .shutdown)
    }

    @Test("cancelling the task ends it promptly with its count", arguments: StreamKind.allCases)
    func cancels(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let send = sending(large, on: pair.sender)
      await pair.sender.untilFull()
      let start = ContinuousClock.now
      send.cancel()
      let end = await send.value
      #expect(start.duration(to: .now) < .milliseconds(200))
      #expect(end.error == SocketError(code: .operationAborted, errno: ECANCELED, bytesSent: end.bytesSent))
      #expect(end.bytesSent > 0)
      let rest = sending(large.dropFirst(bytes: end.bytesSent), on: pair.sender)
      let reader = Reader(pair.receiver)
      #expect(await rest.value.error == nil)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, large.joinedBytes) == nil)
    }

    @Test("close during the send ends it promptly, and gives the number back", arguments: StreamKind.allCases)
    func closes(kind: StreamKind) async throws {
      for _ in 0..<20 {
        let pair = try kind.smallPair()
        let number = pair.sender.descriptor.rawValue
        let send = sending(large, on: pair.sender)
        let second = sending([[1]], on: pair.sender)
        await pair.sender.untilFull()
        let start = ContinuousClock.now
        pair.sender.close()
        let end = await send.value
        #expect(start.duration(to: .now) < .milliseconds(80))
        #expect(end.code == .connectionAborted && end.bytesSent > 0)
        #expect([.connectionAborted, .closed, nil].contains(await second.value.code))
        #expect(fcntl(number, F_GETFD) == -1, "the number is free")
      }
    }

    @Test("sends that suspend and sends that block take turns in one queue")
    func turns() async throws {
      let pair = try StreamKind.unix.pair(sendBuffer: 65_536)
      let reader = Reader(pair.receiver)
      let lists = (UInt8(1)...24).map { separateList(segments: 16, of: 1 << 14, filledWith: $0) }
      let blocking = lists[..<4].map { list in OwnThread { errorOfSending(list, on: pair.sender) } }
      let suspending = lists[4...].map { sending($0, on: pair.sender) }
      for send in suspending { #expect(await send.value.error == nil) }
      for send in blocking { #expect(await send.value == nil) }
      pair.sender.close()
      let bytes = await reader.value.bytes
      #expect(bytes.count == 24 << 18)
      for start in stride(from: 0, to: bytes.count, by: 1 << 18) {
        #expect(bytes[start..<start + 1 << 18].allSatisfy { $0 == bytes[start] }, "the list at \(start)")
      }
    }

    @Test("a wait for the turn ends by the time-out, by cancelling and by close")
    func turnWaitEnds() async throws {
      let pair = try StreamKind.unix.smallPair()
      let first = sending(large, on: pair.sender)
      await pair.sender.untilFull()
      let cancelled = sending([[1]], on: pair.sender)
      cancelled.cancel()
      #expect(await cancelled.value.error == SocketError(code: .operationAborted, errno: ECANCELED))
      pair.sender.sendTimeout = .milliseconds(100)
      let timedOut = await sending([[1]], on: pair.sender).value
      #expect(timedOut.error == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true))
      pair.sender.sendTimeout = nil
      let waiting = sending([[1]], on: pair.sender)
      try await Task.sleep(for: .milliseconds(20))
      pair.sender.close()
      #expect(await waiting.value.error == SocketError(code: .connectionAborted, errno: ECONNABORTED))
      #expect(await first.value.code == .connectionAborted)
    }

    @Test("no thread of the pool is blocked: ten times as many stalled sends as processors, and others finish")
    func blocksNoThread() async throws {
      let stalled = try (0..<10 * max(2, Int(sysconf(CInt(_SC_NPROCESSORS_ONLN))))).map { _ in
        let pair = try StreamKind.unix.smallPair()
        return (pair, sending(large, on: pair.sender))
      }
      for (pair, _) in stalled { await pair.sender.untilFull() }
      let others = try (0..<50).map { index in
        let pair = try StreamKind.unix.smallPair()
        return (pair, Reader(pair.receiver), sending(large, on: pair.sender))
      }
      for (pair, reader, send) in others {
        #expect(await send.value.error == nil)
        pair.sender.close()
        #expect(await reader.value.bytes.count == large.byteCount)
      }
      for (pair, send) in stalled {
        send.cancel()
        #expect(await send.value.errno == ECANCELED)
        pair.sender.close()
      }
    }

    @Test("a descriptor's send suspends, with a time-out of its own")
    func descriptor() async throws {
      let pair = try StreamKind.unix.smallPair()
      let descriptor = pair.sender.descriptor
      let end = await SendEnd { () async throws(SocketError) in
        try await descriptor.send(large, timeout: .milliseconds(100))
      }
      #expect(end.code == .timedOut && end.bytesSent > 0)
      let reader = Reader(pair.receiver)
      let rest = large.dropFirst(bytes: end.bytesSent)
      #expect(try await descriptor.send(rest) == rest.byteCount)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, large.joinedBytes) == nil)
    }
  }
}

extension SendEnd {
  fileprivate var errno: CInt { error?.errno ?? 0 }
}
