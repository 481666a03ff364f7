// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@testable import SocketSend
@testable import SocketSendAsync

extension SocketTests {
  /// Closing a socket usually makes the kernel end each wait on it. Here each send waits on another descriptor than that of its socket, so
  /// the kernel ends nothing, and the send has to notice that its socket was closed.
  @Suite("No wait survives close, whatever the kernel answers", .serialized) struct NoWaitSurvivesCloseTests {
    private let list = evenList(segments: 64, of: 1 << 16)

    /// A send that does not notice the close ends after this time.
    private static let limit: Int64 = 10_000_000_000

    @Test("a send that blocks asks before each wait")
    func blocking() async throws {
      let (pair, closed) = (try StreamKind.unix.smallPair(), try Socket(.unix, .stream))
      let sender = OwnThread { [list] in
        gatheredSend(
          list, on: pair.sender.descriptor, flags: 0, to: nil,
          wait: pair.sender.waitInCore(.ifBlocking(nanoseconds: Self.limit), flags: 0), endedBy: closed)
      }
      await pair.sender.untilFull()
      closed.close()
      let outcome = await sender.value
      #expect(outcome.errno == ECANCELED && !outcome.isOwnTimeout)
      #expect(outcome.bytesSent > 0 && outcome.bytesSent < list.byteCount)
      #expect(drain(pair.receiver) == outcome.bytesSent)
    }

    private func progress(on descriptor: SocketDescriptor, of socket: Socket) -> SendProgress {
      SendProgress(
        SendCursor(list), after: nil, on: descriptor, flags: 0, until: Deadline(in: Self.limit), socket: socket)
    }

    @Test("a send that suspends asks before each wait")
    func suspending() async throws {
      let (pair, closed) = (try StreamKind.unix.smallPair(), try Socket(.unix, .stream))
      let send = Task { await SuspendedSend(progress(on: pair.sender.descriptor, of: closed)).run() }
      await pair.sender.untilFull()
      closed.close()
      // The event brings the send back, which finds less room than it has bytes.
      let received = drain(pair.receiver)
      let outcome = await send.value
      #expect(outcome.errno == ECANCELED && !outcome.isOwnTimeout)
      #expect(outcome.bytesSent < list.byteCount)
      #expect(received + drain(pair.receiver) == outcome.bytesSent)
    }

    @Test("a send that suspends asks before its first wait")
    func closedBefore() async throws {
      let (pair, closed) = (try StreamKind.unix.smallPair(), try Socket(.unix, .stream))
      closed.close()
      let outcome = await SuspendedSend(progress(on: pair.sender.descriptor, of: closed)).run()
      #expect(outcome.errno == ECANCELED && outcome.waits == 0 && outcome.systemCalls == 1)
    }

    @Test("a wait of a closed socket does not begin", arguments: [WaitReason.room, .data, .noEvent])
    func doesNotBegin(reason: WaitReason) async throws {
      #expect(SocketEvents.shared.start() == 0)
      let (pair, closed) = (try StreamKind.unix.smallPair(), try Socket(.unix, .stream))
      fill(pair.sender)
      closed.close()
      let plan = WaitPlan(reason: reason, deadline: monotonicNanoseconds() + 2_000_000_000)
      let wait = Wait(plan, on: pair.sender.descriptor.rawValue, of: closed)
      #expect(await SocketEvents.shared.awaitEnd(of: wait) == .closed)
    }
  }
}
