// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// A list that no small pair holds.
private func longList(_ byte: UInt8) -> [ArraySegment<UInt8>] { separateList(segments: 64, of: 1 << 16, filledWith: byte) }

extension SocketTests {
  @Suite("Sends on one Socket never interleave", .serialized) struct TurnTests {
    /// A small pair on which a send waits for room.
    private func occupiedPair(_ kind: StreamKind = .unix) async throws -> (ConnectedPair, Sender) {
      let pair = try kind.smallPair()
      let sender = Sender(longList(0xA0), on: pair.sender)
      // A thread may sleep before it sends, on a lock of its runtime.
      await pair.sender.untilFull()
      await sender.untilBlocked()
      return (pair, sender)
    }

    @Test("four threads, lists of 64 × 64 KiB, each its own byte: each in one piece", arguments: StreamKind.allCases)
    func listsStayWhole(kind: StreamKind) async throws {
      let pair = try kind.pair(sendBuffer: 65_536, receiveBuffer: 65_536)
      let reader = Reader(pair.receiver)
      let threads = (UInt8(1)...4).map { thread in
        OwnThread { (UInt8(0)..<3).map { errorOfSending(longList(thread * 16 + $0), on: pair.sender) } }
      }
      for thread in threads {
        #expect(await thread.value == [nil, nil, nil])
      }
      pair.sender.close()
      let bytes = await reader.value.bytes
      #expect(bytes.count == 12 * 64 << 16)
      var seen: [UInt8] = []
      for start in stride(from: 0, to: bytes.count, by: 64 << 16) {
        #expect(isOfOneByte(bytes[start..<min(start + 64 << 16, bytes.count)]), "the list at \(start)")
        seen.append(bytes[start])
      }
      #expect(Set(seen).count == 12)
      for thread in UInt8(1)...4 {
        #expect(seen.filter { $0 / 16 == thread } == (0..<3).map { thread * 16 + $0 }, "a thread's own lists in its order")
      }
    }

    @Test("a sender past its time-out gets timedOut with 0 bytes", arguments: StreamKind.allCases)
    func timesOutWaiting(kind: StreamKind) async throws {
      let (pair, first) = try await occupiedPair(kind)
      pair.sender.sendTimeout = .milliseconds(300)
      let second = await Sender([[1]], on: pair.sender).value
      #expect(second.error == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true))
      #expect(bounds.contains(second.duration))
      let reader = Reader(pair.receiver)
      #expect(await first.value.error == nil)
      pair.sender.close()
      let bytes = await reader.value.bytes
      #expect(bytes.count == 64 << 16 && isOfOneByte(bytes[...]), "nothing of the second list is there")
    }

    @Test("a time-out that meets the handing over of the turn loses neither")
    func timeOutMeetsTurn() async throws {
      let pair = try StreamKind.unix.pair()
      let reader = Reader(pair.receiver)
      let threads = (0..<8).map { thread in
        OwnThread {
          (0..<400).compactMap { round -> SocketError.Code? in
            pair.sender.sendTimeout = .microseconds(50 + (thread * 97 + round * 31) % 500)
            return errorOfSending(separateList(segments: 8, of: 4096, filledWith: 1), on: pair.sender)?.code
          }
        }
      }
      for thread in threads { #expect(await thread.value.allSatisfy { $0 == .timedOut }) }
      // The turn is free: nobody took it away.
      pair.sender.sendTimeout = .seconds(10)
      #expect(errorOfSending([[2]], on: pair.sender) == nil)
      pair.sender.close()
      _ = await reader.value
    }

    @Test("time spent waiting for a turn counts towards the time-out")
    func waitingCounts() async throws {
      let (pair, first) = try await occupiedPair()
      pair.sender.sendTimeout = .milliseconds(600)
      let second = Sender(longList(0xB0), on: pair.sender)
      await second.untilBlocked()
      // Half of the time passes while the turn is another's; what is asserted is the total.
      try await Task.sleep(for: .milliseconds(300))
      #expect(await Reader(pair.receiver, Pace(most: 64 << 16)).value.bytes.count == 64 << 16)
      let end = await second.value
      #expect(await first.value.error == nil)
      #expect(end.code == .timedOut && end.bytesSent > 0)
      #expect(end.duration >= .milliseconds(600) && end.duration <= .milliseconds(750))
    }

    @Test("a sender that may not wait gets wouldBlock at once, and 0 bytes")
    func doesNotWait() async throws {
      let (pair, first) = try await occupiedPair()
      let byFlag = SendEnd { () throws(SocketError) in try pair.sender.send([[1]], flags: .doNotWait) }
      try pair.sender.setBlocking(false)
      let byMode = SendEnd { () throws(SocketError) in try pair.sender.send([[1]]) }
      try pair.sender.setBlocking(true)
      pair.sender.sendTimeout = .zero
      let byTimeout = SendEnd { () throws(SocketError) in try pair.sender.send([[1]]) }
      #expect(byFlag.error == SocketError(code: .wouldBlock, errno: EAGAIN))
      #expect(byMode.error == SocketError(code: .wouldBlock, errno: EAGAIN))
      #expect(byTimeout.error == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true))
      #expect(max(byFlag.duration, byMode.duration, byTimeout.duration) < .milliseconds(200))
      pair.sender.close()
      _ = await first.value
    }

    @Test("first come, first served; one that gives up does not hold up the others", arguments: [nil, 3, 1, 6])
    func inOrder(leaving: Int?) async throws {
      let (pair, first) = try await occupiedPair()
      var waiters: [Sender] = []
      for place in 1...6 {
        pair.sender.sendTimeout = place == leaving ? .milliseconds(20) : nil
        let waiter = Sender([[UInt8(place), UInt8(place)], [UInt8(place)]], on: pair.sender)
        await waiter.untilBlocked()
        waiters.append(waiter)
      }
      if let leaving { #expect(await waiters[leaving - 1].value.code == .timedOut) }
      let reader = Reader(pair.receiver)
      _ = await first.value
      for (index, waiter) in waiters.enumerated() where index + 1 != leaving { #expect(await waiter.value.error == nil) }
      pair.sender.close()
      let expected: [UInt8] = (UInt8(1)...6).filter { Int($0) != leaving }.flatMap { [$0, $0, $0] }
      let received = await reader.value.bytes
      #expect(Array(received.dropFirst(64 << 16)) == expected)
    }

    @Test("close sends waiters away promptly, with connectionAborted and 0 bytes", arguments: StreamKind.allCases)
    func closeEndsWaiting(kind: StreamKind) async throws {
      let (pair, first) = try await occupiedPair(kind)
      let waiters = (0..<4).map { _ in Sender([[1]], on: pair.sender) }
      for waiter in waiters { await waiter.untilBlocked() }
      let start = ContinuousClock.now
      pair.sender.close()
      for waiter in waiters {
        let end = await waiter.value
        #expect(end.error == SocketError(code: .connectionAborted, errno: ECONNABORTED, bytesSent: 0))
        #expect(start.duration(to: end.finished) < .seconds(1))
      }
      #expect(await first.value.code == .connectionAborted)
    }

    @Test("a send to an address takes its turn too")
    func sendTo() async throws {
      let pair = try unixPair(.datagram)
      fill(pair.sender)
      let first = Sender([[1]], on: pair.sender)
      await first.untilBlocked()
      #expect(throws: SocketError(errno: EAGAIN)) {
        try pair.sender.send([[2]], to: .unix(path: "/nowhere"), flags: .doNotWait)
      }
      pair.sender.close()
      #expect(await first.value.code == .interrupted)
    }

    @Test("two Sockets do not wait for each other")
    func otherSocket() async throws {
      let (pair, first) = try await occupiedPair()
      let other = try unixPair(.stream)
      #expect(try sendHere([[1]], on: other.sender) == 1)
      #expect(try sendHere([[1]], on: pair.receiver) == 1)
      pair.sender.close()
      _ = await first.value
    }
  }
}

private func isOfOneByte(_ bytes: ArraySlice<UInt8>) -> Bool {
  bytes.withUnsafeBytes { $0.count < 2 || memcmp($0.baseAddress!, $0.baseAddress! + 1, $0.count - 1) == 0 }
}
