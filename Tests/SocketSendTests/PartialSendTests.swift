// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

private let list = evenList(segments: 64, of: 1 << 16)

extension SocketTests {
  /// An error after some bytes went: the true error, not TimedOut, and the bytes sent before it, which .NET loses.
  @Suite("Error after some bytes went: the true error, and the count") struct PartialSendTests {
    /// A send that has filled a small pair, and waits.
    private func blockedSend(_ kind: StreamKind, timeout: Duration? = nil) async throws -> (ConnectedPair, Sender) {
      let pair = try kind.smallPair()
      pair.sender.sendTimeout = timeout
      let sender = Sender(list, on: pair.sender)
      await sender.untilBlocked()
      return (pair, sender)
    }

    @Test("reset: ConnectionReset, once some bytes were read and before any were", arguments: [0, 100_000])
    func reset(read: Int) async throws {
      let (pair, sender) = try await blockedSend(.tcp)
      #expect(await Reader(pair.receiver, Pace(most: read)).value.bytes.count == read)
      pair.receiver.closeWithReset()
      let end = await sender.value
      #expect(end.error?.code == .connectionReset && end.error?.errno == ECONNRESET)
      #expect(end.bytesSent > read && end.bytesSent < list.byteCount)
      #expect(errorOfSending(on: pair.sender)?.code == .shutdown)
    }

    @Test(
      "the peer closes with bytes unread: TCP ConnectionReset, Unix Shutdown or ConnectionReset",
      arguments: StreamKind.allCases)
    func peerCloses(kind: StreamKind) async throws {
      let (pair, sender) = try await blockedSend(kind)
      #expect(await Reader(pair.receiver, Pace(most: 50_000)).value.bytes.count == 50_000)
      pair.receiver.close()
      let end = await sender.value
      let right: Set<SocketError.Code?> = kind == .tcp ? [.connectionReset] : [.shutdown, .connectionReset]
      #expect(right.contains(end.code))
      #expect(end.bytesSent >= 50_000 && end.bytesSent < list.byteCount)
    }

    @Test(
      "shutdown from another thread: Shutdown, and the peer reads the count, then the end",
      arguments: StreamKind.allCases, [nil, .seconds(50)] as [Duration?])
    func shutDown(kind: StreamKind, timeout: Duration?) async throws {
      let (pair, sender) = try await blockedSend(kind, timeout: timeout)
      try pair.sender.shutdown(.send)
      #expect(await eventually(within: .seconds(3)) { sender.isFinished }, "the send still waits")
      pair.sender.close()
      let end = await sender.value
      #expect(end.error?.code == .shutdown && end.error?.errno == EPIPE)
      #expect(end.bytesSent > 0 && end.bytesSent < list.byteCount)
      let received = await Reader(pair.receiver).value
      #expect(received.end == 0 && received.bytes.count == end.bytesSent)
    }

    @Test("the Unix peer stops receiving: Shutdown", arguments: [nil, .seconds(50)] as [Duration?])
    func peerStopsReceiving(timeout: Duration?) async throws {
      let (pair, sender) = try await blockedSend(.unix, timeout: timeout)
      try pair.receiver.shutdown(.receive)
      #expect(await eventually(within: .seconds(3)) { sender.isFinished }, "the send still waits")
      pair.sender.close()
      let end = await sender.value
      #expect(end.error?.code == .shutdown && end.bytesSent > 0)
    }

    @Test("the count is where to resume: nothing twice, nothing missing", arguments: StreamKind.allCases)
    func resumesAfterTimeOuts(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      pair.sender.sendTimeout = .milliseconds(1)
      let list = randomList(segments: 3000, atMost: 500_000, seed: runSeed)
      let reader = Reader(pair.receiver, .slow)
      let timeOuts = await OwnThread { sendResuming(list, on: pair.sender) }.value
      pair.sender.close()
      #expect(timeOuts != nil)
      #expect(firstDifference(await reader.value.bytes, list.joinedBytes) == nil, "seed \(runSeed)")
    }
  }
}

/// Sends the list, resuming after each time-out. Returns how many there were; nil after another error.
private func sendResuming(_ list: [ArraySegment<UInt8>], on socket: Socket) -> Int? {
  var rest = list
  var timeOuts = 0
  while !rest.isEmpty {
    let end = SendEnd { () throws(SocketError) in try socket.send(rest) }
    rest = rest.dropFirst(bytes: end.bytesSent)
    guard let error = end.error else { break }
    guard error.isOwnTimeout else { return nil }
    timeOuts += 1
  }
  return timeOuts
}
