// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSendAsync

/// A table on a scripted system, and the waits that its thread would resume.
private struct Scene {
  let system = ScriptedEvents()
  var table: WaitTable<ScriptedEvents>
  var ended: [Wait] = []

  private let suspension: Suspension

  init() async {
    table = WaitTable(system: system)
    suspension = await spentSuspension()
  }

  /// Begins a wait on descriptor 0.
  mutating func begin(
    _ reason: WaitReason, until deadline: UInt64 = .max, isForChanges: Bool = false, isSwept: Bool = false
  ) -> Wait {
    let wait = Wait(for: reason, on: 0, until: deadline, isForChanges: isForChanges, isSwept: isSwept)
    wait.suspension = suspension
    _ = table.begin(wait, at: 0, ended: &ended)
    return wait
  }

  /// The thread handles what happened.
  mutating func handleEvents() {
    for event in system.fetch() { table.handle(event.what, token: event.token, to: &ended) }
  }
}

extension SocketTests {
  @Suite("Cases of the table of waits, on a scripted system") struct WaitTableCaseTests {
    @Test("the sweep ends the wait for room on a stream that was cut, and not a wait for the turn beside it")
    func sweepLeavesOtherWaits() async {
      var scene = await Scene()
      let room = scene.begin(.room, isSwept: true)
      let turn = scene.begin(.noEvent)
      scene.system.cut.insert(0)
      _ = scene.table.prepareSleep(at: 100_000_000, to: &scene.ended)
      #expect(room.end == .ready && turn.end == nil)
    }

    @Test("a socket that adopted the number -1 has no waits to end and nothing to forget")
    func negativeNumber() async {
      var scene = await Scene()
      scene.table.endAll(on: -1, by: .closed, to: &scene.ended)
      scene.table.forget(-1)
      #expect(scene.ended.isEmpty && scene.system.misuse == nil)
    }

    @Test("what was watched for each change is let go at the first event that nobody waits for", arguments: [true, false])
    func nobodyAmongErrors(isCancelled: Bool) async {
      var scene = await Scene()
      let wait = scene.begin(.room, until: 10, isForChanges: true)
      if isCancelled { _ = scene.table.end(wait, by: .cancelled) }
      scene.system.change(0, to: isCancelled ? .error : .room)
      scene.handleEvents()
      #expect(!scene.system.isArmed(0))
      // The next wait is told the present state.
      let next = scene.begin(.room)
      scene.system.change(0, to: .room)
      scene.handleEvents()
      #expect(next.end == .ready && scene.system.misuse == nil)
    }

    @Test("a wait that was cancelled while its send was offered again does not begin again", arguments: [true, false])
    func beginsAgain(isCancelled: Bool) async {
      var scene = await Scene()
      let wait = scene.begin(.room)
      scene.system.change(0, to: .room)
      scene.handleEvents()
      #expect(wait.end == .ready)
      if isCancelled {
        let wasWaiting = scene.table.end(wait, by: .cancelled)
        #expect(!wasWaiting)
      }
      let waits = scene.table.begin(wait, again: WaitPlan(reason: .room, deadline: .max), at: 0, ended: &scene.ended)
      #expect(waits == !isCancelled && wait.end == (isCancelled ? .cancelled : nil))
    }

    @Test("a descriptor that cannot be armed again ends the waits for events alone")
    func refusedAgain() async {
      var scene = await Scene()
      let (room, data, turn) = (scene.begin(.room), scene.begin(.data), scene.begin(.noEvent))
      scene.system.change(0, to: .room)
      scene.system.armError = 12
      scene.handleEvents()
      #expect(room.end == .ready && data.end == .failed(errno: ENOMEM) && turn.end == nil)
    }

    @Test("a wait that cannot be armed ends the earlier waits for events, and leaves a wait for no event")
    func refusedBeside() async {
      var scene = await Scene()
      let (room, turn) = (scene.begin(.room), scene.begin(.noEvent))
      scene.system.armError = 12
      let data = scene.begin(.data)
      #expect(data.end == .failed(errno: ENOMEM) && room.end == .failed(errno: ENOMEM) && turn.end == nil)
      #expect(scene.ended.count == 1 && scene.ended.first === room)
    }
  }
}
