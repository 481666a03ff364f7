// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@testable import SocketSendAsync

private let longestWait: UInt64 = 100_000_000

/// A policy, in a class, as an expectation cannot change a structure.
private final class Subject {
  var policy = WaitPolicy()

  func ended(_ end: WaitEnd, of reason: WaitReason) { policy.ended(end, of: reason) }
  func progressed() { policy.progressed() }
  func next(for reason: WaitReason, until deadline: Deadline) -> WaitPlan { policy.next(for: reason, until: deadline) }

  /// Whether the next plan is a pause of that many nanoseconds.
  func pauses(_ nanoseconds: UInt64) -> Bool {
    let before = monotonicNanoseconds()
    let plan = next(for: .room, until: .never)
    let ends = before + nanoseconds...monotonicNanoseconds() + nanoseconds
    return plan.reason == .noEvent && ends.contains(plan.deadline) && !plan.isForChanges && !plan.isSwept
  }

  /// Whether the next plan is to wait for the event, as long as it takes.
  func waitsForEvent(_ reason: WaitReason = .room) -> Bool {
    let plan = next(for: reason, until: .never)
    return plan.reason == reason && plan.deadline == .max && !plan.isForChanges
  }

  /// Whether the next plan is to wait for a change of the socket, and to try again after 100 ms.
  func waitsForChange() -> Bool {
    let before = monotonicNanoseconds()
    let plan = next(for: .room, until: .never)
    let ends = before + longestWait...monotonicNanoseconds() + longestWait
    return plan.reason == .room && plan.isForChanges && ends.contains(plan.deadline) && !plan.isSwept
  }
}

extension SocketTests {
  @Suite("How an async operation waits next") struct WaitPolicyTests {
    @Test("at first for the event, until the deadline; a Unix stream is looked at meanwhile", arguments: [false, true])
    func first(isSwept: Bool) {
      let policy = Subject()
      policy.policy.isSwept = isSwept
      let deadline = Deadline(in: 5_000_000_000)
      for reason in [WaitReason.room, .data] {
        let plan = policy.next(for: reason, until: deadline)
        #expect(plan.reason == reason && plan.deadline == deadline.uptimeNanoseconds && !plan.isForChanges)
        #expect(plan.isSwept == isSwept)
      }
    }

    @Test("room that brings nothing: pauses from 1 microsecond to 100 ms, until bytes are taken")
    func room() {
      let policy = Subject()
      policy.ended(.ready, of: .room)
      for step in 0..<9 {
        #expect(policy.pauses(1000 << UInt64(2 * step)), "pause \(step)")
        policy.ended(.timeOut, of: .room)
      }
      for _ in 0..<70 { #expect(policy.pauses(longestWait)) }
      policy.progressed()
      #expect(policy.waitsForEvent())
      policy.ended(.ready, of: .room)
      #expect(policy.pauses(1000), "pauses begin again")
    }

    @Test("data that brings nothing: for the next event")
    func data() {
      let policy = Subject()
      policy.ended(.ready, of: .data)
      #expect(policy.waitsForEvent(.data))
    }

    @Test("an error alone: for a change; after room that brings nothing a pause, then for a change again")
    func errorAlone() {
      let policy = Subject()
      policy.policy.isSwept = true
      policy.ended(.errorAlone, of: .room)
      #expect(policy.waitsForChange())
      policy.ended(.timeOut, of: .room)
      #expect(policy.waitsForChange())
      policy.ended(.ready, of: .room)
      #expect(policy.pauses(1000))
      policy.progressed()
      #expect(policy.waitsForChange())
    }

    @Test("a descriptor that the system does not watch: pauses for good, which begin again when bytes are taken")
    func failed() {
      let policy = Subject()
      policy.ended(.failed(errno: EPERM), of: .room)
      #expect(policy.pauses(1000))
      // This is no event: nothing was watched.
      policy.ended(.ready, of: .room)
      #expect(policy.pauses(4000))
      policy.progressed()
      #expect(policy.pauses(1000))
      policy.ended(.timeOut, of: .room)
      #expect(policy.pauses(4000))
    }

    @Test(
      "the other ends of a wait change nothing",
      arguments: [WaitEnd.timeOut, .cancelled, .closed, .retried], [WaitReason.room, .data])
    func others(end: WaitEnd, reason: WaitReason) {
      let policy = Subject()
      policy.ended(end, of: reason)
      #expect(policy.waitsForEvent(reason))
    }

    @Test("no wait is longer than the deadline", arguments: [WaitEnd.ready, .errorAlone, .failed(errno: EPERM), .timeOut])
    func deadline(end: WaitEnd) {
      let policy = Subject()
      policy.ended(end, of: .room)
      // After 9 pauses, the next pause is longer than the 10 ms to the deadline.
      for _ in 0..<9 { _ = policy.next(for: .room, until: .never) }
      let deadline = Deadline(in: 10_000_000)
      for _ in 0..<20 { #expect(policy.next(for: .room, until: deadline).deadline == deadline.uptimeNanoseconds) }
    }
  }
}
