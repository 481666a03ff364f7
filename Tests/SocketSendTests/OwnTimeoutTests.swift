// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// More than any small pair holds.
private let list = evenList(segments: 64, of: 1 << 16)

/// A send in a task of its own.
private func sending(
  _ list: [ArraySegment<UInt8>], on socket: Socket
) -> Task<Result<Int, SocketError>, Never> {
  Task {
    do throws(SocketError) {
      return .success(try await socket.send(list))
    } catch {
      return .failure(error)
    }
  }
}

extension Result where Failure == SocketError {
  fileprivate var error: SocketError? {
    if case .failure(let error) = self { error } else { nil }
  }
}

extension SocketTests {
  @Suite("isOwnTimeout: the send's time-out, or the connection's", .serialized) struct OwnTimeoutTests {
    @Test("true for each way to give a send a time", arguments: TimeoutSource.allCases)
    func ownOfBlocking(source: TimeoutSource) async throws {
      let pair = try StreamKind.unix.smallPair()
      let end = try await source.startSending(list, on: pair.sender).value
      #expect(end.code == .timedOut && end.error?.isOwnTimeout == true && end.bytesSent > 0)
    }

    @Test("true where the time was over from the start")
    func zero() throws {
      let pair = try StreamKind.unix.smallPair()
      pair.sender.sendTimeout = .zero
      #expect(errorOfSending(list, on: pair.sender)?.isOwnTimeout == true)
      let message = try unixPair(.datagram)
      fill(message.sender)
      message.sender.sendTimeout = .milliseconds(20)
      #expect(errorOfSending([[1]], on: message.sender)?.isOwnTimeout == true)
    }

    @Test("true for a send that suspends, and for its wait for the turn")
    func ownOfSuspending() async throws {
      let pair = try StreamKind.unix.smallPair()
      pair.sender.sendTimeout = .milliseconds(50)
      let end = await sending(list, on: pair.sender).value.error
      #expect(end?.code == .timedOut && end?.isOwnTimeout == true && end?.bytesSent ?? 0 > 0)
      await #expect(throws: SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true)) {
        try await pair.sender.descriptor.send(list, timeout: .milliseconds(20))
      }
      pair.sender.sendTimeout = nil
      let first = Sender(list, on: pair.sender)
      await first.untilBlocked()
      pair.sender.sendTimeout = .milliseconds(50)
      let turn = await sending([[1]], on: pair.sender).value.error
      #expect(turn == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true))
      let blockingTurn = await Sender([[1]], on: pair.sender).value.error
      #expect(blockingTurn == turn)
      pair.sender.close()
      #expect(await first.value.error?.isOwnTimeout == false)
    }

    @Test("false for every other end of a send")
    func otherErrors() async throws {
      let pair = try StreamKind.unix.smallPair()
      #expect(errorOfSending(list, on: pair.sender, flags: .doNotWait) == nil)
      #expect(errorOfSending(list, on: pair.sender, flags: .doNotWait)?.isOwnTimeout == false)
      let cancelled = sending(list, on: pair.sender)
      cancelled.cancel()
      #expect(await cancelled.value.error?.isOwnTimeout == false)
      pair.receiver.close()
      #expect(errorOfSending(list, on: pair.sender)?.isOwnTimeout == false)
    }

    /// A peer that reads nothing for longer than the connection allows: the kernel ends it, as it would end one whose peer is gone.
    private func impatientPair() throws -> ConnectedPair {
      let pair = try StreamKind.tcp.smallPair()
      try pair.sender.setOption(.userTimeout, to: .milliseconds(100))
      return pair
    }

    @Test(
      "false where the connection timed out, and the connection is gone", arguments: [nil, .seconds(50)] as [Duration?])
    func connectionTimesOut(timeout: Duration?) async throws {
      let pair = try impatientPair()
      pair.sender.sendTimeout = timeout
      let end = await Sender(list, on: pair.sender).value
      #expect(end.code == .timedOut && end.error?.isOwnTimeout == false && end.bytesSent > 0)
      #expect(errorOfSending(list.dropFirst(bytes: end.bytesSent), on: pair.sender)?.code == .shutdown)
    }

    @Test("false where it timed out under a send that suspends", arguments: [nil, .seconds(50)] as [Duration?])
    func connectionTimesOutSuspended(timeout: Duration?) async throws {
      let pair = try impatientPair()
      pair.sender.sendTimeout = timeout
      let error = try #require(await sending(list, on: pair.sender).value.error)
      #expect(error.code == .timedOut && !error.isOwnTimeout && error.bytesSent > 0)
      #expect(await sending(list, on: pair.sender).value.error?.code == .shutdown)
    }

    @Test(
      "the send's first, then the connection's, of a peer that is gone",
      .enabled(if: NetworkNamespace.isAvailable, "needs root and iproute2, to make two network namespaces"))
    func lostPeer() async throws {
      try await withJoinedNetworks { near, far in
        let listener = try await far.inside {
          let listener = try Socket(.ipv4, .stream)
          try listener.bind(to: .ipv4("192.0.2.2", port: 0))
          try listener.listen()
          return listener
        }
        let address = try listener.localAddress
        let sender = try await near.inside {
          let socket = try Socket(.ipv4, .stream)
          try socket.setOption(.sendBufferSize, to: 8192)
          try socket.connect(to: address)
          return socket
        }
        try far.configure("link", "set", "cable", "down")
        sender.sendTimeout = .milliseconds(50)
        let own = await Sender(list, on: sender).value
        #expect(own.error?.isOwnTimeout == true)
        try sender.setOption(.userTimeout, to: .milliseconds(300))
        sender.sendTimeout = .seconds(50)
        let lost = await Sender(list.dropFirst(bytes: own.bytesSent), on: sender).value
        #expect(lost.code == .timedOut && lost.error?.isOwnTimeout == false)
        #expect(errorOfSending(on: sender)?.code == .shutdown)
      }
    }
  }
}
