// SPDX-License-Identifier: Apache-2.0
@testable import SocketSendAsync

/// A wait table on a scripted system, and beside it a plain model: the list of who waits. Each operation is done to both, and
/// `complaint(about:)` says where they differ first.
struct WaitTrial {
  let system = ScriptedEvents()
  private(set) var now: UInt64 = 1_000_000_000
  /// Who waits, in the order of beginning.
  private(set) var waiting: [Wait] = []

  private var table: WaitTable<ScriptedEvents>
  /// What was fetched for the thread, which has not handled it yet.
  private var inHand: [ScriptedEvents.Event] = []
  /// Events of former times.
  private var handled: [ScriptedEvents.Event] = []
  private var isAsleep = false
  private var sleepEnd = UInt64.max
  private var sweep = ModelOfSweep()
  private var wakesExpected = 0
  private let notes: TrialNotes
  /// A wait that began has a suspension. Nobody resumes this one, which was resumed.
  private let suspension: Suspension

  private init(_ suspension: Suspension, _ notes: TrialNotes) {
    self.suspension = suspension
    self.notes = notes
    table = WaitTable(system: system)
  }

  /// Makes a trial, in which `operate` does something, and then lets it run to its end. Returns what is wrong, or nil.
  static func complaint(
    _ suspension: Suspension, about operate: (inout WaitTrial) -> Void
  ) -> String? {
    func run(_ notes: TrialNotes) -> TrialNotes {
      var trial = WaitTrial(suspension, notes)
      operate(&trial)
      trial.run()
      return notes
    }
    // Telling each step takes longer than the steps. So it is done again where something is wrong.
    if run(TrialNotes(steps: nil)).complaint == nil { return nil }
    return run(TrialNotes(steps: [])).complaint ?? "not the same the second time"
  }

  var isWrong: Bool { notes.complaint != nil }
}

// MARK: Operations

extension WaitTrial {
  mutating func begin(_ wait: Wait) {
    note("\(wait) begins")
    let endBefore = wait.end
    let mayFail = endBefore == nil && wait.reason != .noEvent && system.armError != 0
    wait.suspension = suspension
    var ended: [Wait] = []
    let waits = table.begin(wait, at: now, ended: &ended)
    if endBefore == nil, wait.isSwept { sweep.insert(at: now) }
    if mayFail {
      if wait.isSwept { sweep.count -= 1 }
      expect(!waits && wait.end == .failed(errno: system.armError), "the wait ends, as it cannot be armed")
      let others = waiting.filter { $0.descriptor == wait.descriptor && $0.reason != .noEvent }
      expectEnds(ended, others.map { ($0, .failed(errno: system.armError)) })
    } else if endBefore != nil {
      expect(!waits && wait.end == endBefore, "a wait that has ended does not begin")
    } else {
      expect(waits && wait.end == nil, "the wait begins")
      waiting.append(wait)
      expectWake(by: wait.deadline)
    }
    check()
  }

  /// Ends a wait, which may not have begun.
  mutating func end(_ wait: Wait, by end: WaitEnd) {
    note("\(wait) is ended by \(end)")
    let before = wait.end
    let place = waiting.firstIndex { $0 === wait }
    let wasWaiting = table.end(wait, by: end)
    expect(wasWaiting == (place != nil), "only a wait that waits has to be resumed")
    expect(wait.end == before ?? end, "the first end counts")
    if place != nil { left([wait]) }
    check()
  }

  mutating func endFirst(on descriptor: CInt, by end: WaitEnd) {
    if let first = waiting.first(where: { $0.descriptor == descriptor }) { self.end(first, by: end) }
  }

  mutating func endAll(on descriptor: CInt) {
    note("\(descriptor) is shut down")
    var ended: [Wait] = []
    table.endAll(on: descriptor, by: .closed, to: &ended)
    expectEnds(ended, waiting.filter { $0.descriptor == descriptor }.map { ($0, .closed) })
    check()
  }

  mutating func forget(_ descriptor: CInt) {
    note("\(descriptor) is forgotten")
    table.forget(descriptor)
    if !waiting.contains(where: { $0.descriptor == descriptor }) {
      expect(!system.isArmed(descriptor), "a descriptor is forgotten when nobody waits on it")
    }
    check()
  }

  /// Closes the descriptor; then its number is another socket's.
  mutating func close(_ descriptor: CInt) {
    endAll(on: descriptor)
    forget(descriptor)
    system.reopen(descriptor)
  }

  mutating func change(_ descriptor: CInt, to state: Events) {
    note("\(descriptor) has \(state.rawValue)")
    system.change(descriptor, to: state)
    check()
  }

  mutating func pass(_ time: UInt64) {
    note("\(time) pass")
    now += time
  }

  /// The thread asks the system for events, and has not handled them yet.
  mutating func fetch() {
    let events = system.fetch()
    note("fetched: \(events)")
    inHand += events
    check()
  }

  /// The thread handles the events that it has in hand.
  mutating func handle() {
    note("events are handled")
    table.noteAwake()
    isAsleep = false
    while !inHand.isEmpty {
      let event = inHand.removeFirst()
      handle(event)
      handled.append(event)
    }
    check()
  }

  /// An event comes once more, long after.
  mutating func handleStale(_ place: Int) {
    if handled.isEmpty { return }
    let event = handled[place % handled.count]
    if system.isCurrent(event) { return }
    note("stale: \(event)")
    handle(event)
    check()
  }

  /// The thread goes to sleep.
  mutating func sleep() {
    note("the thread goes to sleep at \(now)")
    var ended: [Wait] = []
    system.looks = []
    let time = table.prepareSleep(at: now, to: &ended)
    let late = waiting.filter { $0.deadline <= now }
    let swept = waiting.filter { $0.isSwept && $0.deadline > now }
    let looks = sweep.next > now ? [] : Set(swept.map(\.descriptor))
    let cut = swept.filter { looks.contains($0.descriptor) && system.cut.contains($0.descriptor) }
    expect(system.looks.count == looks.count && Set(system.looks) == looks, "each swept socket is looked at once")
    expectEnds(ended, late.map { ($0, .timeOut) } + cut.map { ($0, .ready) })
    sweep.looked(at: now)
    sleepEnd = min(waiting.map(\.deadline).min() ?? .max, sweep.next, sleepEnd > now ? sleepEnd : .max)
    isAsleep = true
    expect(time == (sleepEnd == .max ? nil : sleepEnd - now), "the sleep lasts until \(sleepEnd), not \(time as Any)")
    check()
  }

  /// The thread goes on until no event is left and all time is over: nobody who could go on may be waiting then.
  private mutating func run() {
    system.armError = 0
    handle()
    for _ in 0..<2 {
      fetch()
      handle()
    }
    for wait in waiting { expect(modelEnd(of: wait, by: system.state(of: wait.descriptor)) == nil, "\(wait) is forgotten") }
    pass((waiting.map(\.deadline).filter { $0 < .max }.max() ?? now).clampedDistance(from: now))
    sleep()
    expect(waiting.allSatisfy { $0.deadline == .max }, "all time-outs came")
    handle()
  }
}

// MARK: The model

extension WaitTrial {
  private mutating func handle(_ event: ScriptedEvents.Event) {
    var ended: [Wait] = []
    let isCurrent = system.isCurrent(event)
    system.refused = []
    table.handle(event.what, token: event.token, to: &ended)
    var ends: [(Wait, WaitEnd)] = []
    for wait in waiting where isCurrent && wait.descriptor == event.descriptor {
      if let end = modelEnd(of: wait, by: event.what) {
        ends.append((wait, end))
      } else if wait.reason != .noEvent, system.refused.contains(event.descriptor) {
        ends.append((wait, .failed(errno: system.armError)))
      }
    }
    expectEnds(ended, ends)
    // Where arming was refused, the last arming goes on, and its next event ends it.
    if !isCurrent || system.refused.contains(event.descriptor) || hasEventWaits(on: event.descriptor) { return }
    expect(!system.isArmed(event.descriptor), "the first event ends the watch that nobody needs")
  }

  private func modelEnd(of wait: Wait, by events: Events) -> WaitEnd? {
    if wait.reason == .noEvent { return nil }
    let awaited: Events = wait.reason == .room ? .room : .data
    if events.contains(awaited) || events.contains(.hangUp) { return .ready }
    return events.contains(.error) && !wait.isForChanges ? .errorAlone : nil
  }

  private func hasEventWaits(on descriptor: CInt) -> Bool {
    waiting.contains { $0.descriptor == descriptor && $0.reason != .noEvent }
  }

  private mutating func expectWake(by deadline: UInt64) {
    if !isAsleep || min(deadline, sweep.next) >= sleepEnd { return }
    isAsleep = false
    wakesExpected += 1
  }

  private mutating func expectEnds(_ ended: [Wait], _ expected: [(Wait, WaitEnd)]) {
    if ended.isEmpty, expected.isEmpty { return }
    let actual = Set(ended.map { ObjectIdentifier($0) })
    expect(actual.count == ended.count, "no wait ends twice")
    expect(
      actual == Set(expected.map { ObjectIdentifier($0.0) }),
      "\(expected.map(\.0)) end, not \(ended)")
    for (wait, end) in expected { expect(wait.end == end, "\(wait) ends by \(end), not by \(wait.end as Any)") }
    left(ended)
  }

  private mutating func left(_ ended: [Wait]) {
    for wait in ended {
      if wait.isSwept { sweep.count -= 1 }
      waiting.removeAll { $0 === wait }
    }
  }

  // MARK: What holds after each operation

  private func check() {
    expect(system.misuse == nil, "the system is asked what it understands: \(system.misuse ?? "")")
    expect(system.wakes == wakesExpected, "the thread was woken \(system.wakes) times, not \(wakesExpected)")
    for wait in waiting {
      expect(wait.end == nil, "\(wait) waits, and has not ended")
      if wait.reason != .noEvent { checkWatch(for: wait) }
    }
  }

  /// No wake-up is lost: an event is on its way, or one will come as soon as there is something to tell.
  private func checkWatch(for wait: Wait) {
    let descriptor = wait.descriptor
    if inHand.contains(where: { $0.descriptor == descriptor && system.isCurrent($0) }) { return }
    expect(system.isArmed(descriptor, for: wait.events), "\(wait) is watched for")
    if modelEnd(of: wait, by: system.state(of: descriptor)) != nil {
      expect(system.isDue(descriptor), "\(wait) gets its event")
    }
  }

  private func note(_ step: @autoclosure () -> String) { notes.steps?.append(step()) }

  private func expect(_ isTrue: Bool, _ claim: @autoclosure () -> String) {
    if isTrue || notes.complaint != nil { return }
    notes.complaint = "not so: \(claim()), after\n" + (notes.steps ?? []).suffix(30).joined(separator: "\n")
  }
}

/// What was done, where it is told, and the first difference.
private final class TrialNotes {
  var complaint: String?
  var steps: [String]?

  init(steps: [String]?) { self.steps = steps }
}

/// When the swept sockets are looked at, by the comment of `Sweep`. All stand in one look.
private struct ModelOfSweep {
  var count: UInt64 = 0
  var next = UInt64.max

  mutating func insert(at now: UInt64) {
    count += 1
    if next == .max { next = now + 100_000_000 }
  }

  mutating func looked(at now: UInt64) {
    if next > now { return }
    next = count == 0 ? .max : now + max(100_000_000, count * 400_000)
  }
}

extension UInt64 {
  fileprivate func clampedDistance(from start: UInt64) -> UInt64 { self > start ? self - start : 0 }
}
