// SPDX-License-Identifier: Apache-2.0

/// What the table asks of the system. Tests put a scripted one in its place.
protocol EventSystem {
  /// Watches a descriptor for `events`, in place of what it was watched for before. Returns 0 or an errno value.
  func arm(_ descriptor: CInt, for events: Events, everyChange: Bool, isKnown: Bool, token: UInt64) -> CInt
  func forget(_ descriptor: CInt)
  /// Ends the sleep of the thread that waits for events.
  func wake()
  /// Whether sending on a stream has ended.
  func hasEndedSending(_ descriptor: CInt) -> Bool
}

/// What happened to a socket, or what it is watched for. Errors are always watched for. epoll always reports hang-up; kqueue
/// reports it only to a watch for room. The numbers are those of SOCKET_EVENT_* in csocketevents.h.
struct Events: OptionSet {
  let rawValue: UInt32

  static let room = Events(rawValue: 1)
  static let data = Events(rawValue: 2)
  static let error = Events(rawValue: 4)
  static let hangUp = Events(rawValue: 8)
}

/// Who waits for what, on which descriptor and until when. It has no thread and no lock of its own.
///
/// A descriptor is armed when somebody begins to wait on it. An event disarms it, and it is armed again if somebody still waits. A
/// descriptor that is armed for every change stays armed until the first event after the last wait. So a socket on which nobody waits
/// causes one event at most. Arming reports the present state, so nothing that happened between two waits is missed.
struct WaitTable<System: EventSystem> {
  /// `SystemEvents.closed` until the event thread starts. Until then, every wait is for no event and has no deadline, and such a wait asks
  /// the system for nothing.
  var system: System
  private var sockets: [Watched] = []
  private var deadlines = DeadlineHeap()
  private var sweep = Sweep()
  /// When the event thread's sleep ends at the latest. While the thread is awake, when its last sleep would have ended.
  private var sleepEnd = UInt64.max
  private var isAsleep = false

  private struct Watched {
    var first: Wait?
    /// The descriptor is registered with epoll or kqueue.
    var isKnown = false
    /// It was armed last for every change, so that an event does not disarm it.
    var isArmedForChanges = false
    /// Grows with each arming. An event with an older number is ignored.
    var generation: UInt32 = 0

    /// The waits on the descriptor. Each may be taken out when it is reached.
    var waits: WaitChain { WaitChain(rest: first) }
    var isWatchedForChanges: Bool { waits.contains { $0.plan.isForChanges } }
    var isSwept: Bool { waits.contains { $0.plan.isSwept } }
  }

  init(system: System) { self.system = system }

  /// Begins a wait, unless it has ended already. Returns whether it waits now. If the system refuses to watch the descriptor, this ends
  /// the waits for events on it, and adds those that waited before to `ended`.
  mutating func begin(_ wait: Wait, at now: UInt64, ended: inout [Wait]) -> Bool {
    // `close` notes that the socket is closed before it ends the waits in this table.
    if wait.end == nil, wait.socket?.life.isClosed == true { wait.end = .closed }
    if wait.end != nil { return false }
    let index = Int(wait.descriptor)
    while sockets.count <= index { sockets.append(Watched()) }
    if index >= 0 {
      wait.next = sockets[index].first
      sockets[index].first = wait
    }
    deadlines.insert(wait)
    if wait.plan.isSwept { sweep.insert(at: now) }
    let errno = wait.plan.reason == .noEvent ? 0 : arm(index)
    if errno != 0 {
      take(wait, endedBy: .failed(errno: errno))
      // With kqueue, an arming that fails removes the watches that the descriptor had.
      takeAll(on: index, endedBy: .failed(errno: errno), to: &ended) { $0.plan.reason != .noEvent }
      return false
    }
    wakeThread(by: min(wait.deadline, sweep.next))
    return true
  }

  /// Begins a wait with a new plan, for the first time or again after it ended. If its task was cancelled, the wait does not begin. Every
  /// other end that it had is forgotten. Returns whether it waits now.
  mutating func begin(_ wait: Wait, again plan: WaitPlan, at now: UInt64, ended: inout [Wait]) -> Bool {
    wait.plan = plan
    wait.end = wait.isCancelled ? .cancelled : nil
    return begin(wait, at: now, ended: &ended)
  }

  /// Ends a wait, or one that is still to begin. Returns whether it was waiting.
  mutating func end(_ wait: Wait, by end: WaitEnd) -> Bool {
    if end == .cancelled { wait.isCancelled = true }
    if wait.end != nil { return false }
    let isWaiting = wait.suspension != nil
    if isWaiting { take(wait, endedBy: end) } else { wait.end = end }
    return isWaiting
  }

  /// Ends all waits on a descriptor, and adds them to `ended`.
  mutating func endAll(on descriptor: CInt, by end: WaitEnd, to ended: inout [Wait]) {
    let index = Int(descriptor)
    if sockets.indices.contains(index) { takeAll(on: index, endedBy: end, to: &ended) { _ in true } }
  }

  /// Lets go of a descriptor if no wait is left on it.
  mutating func forget(_ descriptor: CInt) {
    let index = Int(descriptor)
    guard sockets.indices.contains(index), sockets[index].first == nil, sockets[index].isKnown else { return }
    letGo(of: index)
  }

  /// Ends the waits that these events end, and adds them to `ended`.
  mutating func handle(_ events: Events, token: UInt64, to ended: inout [Wait]) {
    let index = Int(UInt32(truncatingIfNeeded: token))
    guard index < sockets.count, sockets[index].generation == UInt32(token >> 32) else { return }
    let mayStayArmed = sockets[index].isWatchedForChanges
    let endedBefore = ended.count
    for wait in sockets[index].waits {
      guard let end = wait.end(by: events) else { continue }
      take(wait, endedBy: end)
      ended.append(wait)
    }
    if mayStayArmed, ended.count == endedBefore { return }
    let errno = arm(index)
    if errno != 0 { takeAll(on: index, endedBy: .failed(errno: errno), to: &ended) { $0.plan.reason != .noEvent } }
  }

  /// Ends the waits whose time is over and those on Unix streams whose sending has ended, and adds them to `ended`. Returns for how many
  /// nanoseconds the thread is to sleep; nil is until an event.
  mutating func prepareSleep(at now: UInt64, to ended: inout [Wait]) -> UInt64? {
    while let wait = deadlines.first, wait.deadline <= now {
      take(wait, endedBy: .timeOut)
      ended.append(wait)
    }
    if sweep.isDue(at: now) { lookForEndedStreams(at: now, to: &ended) }
    // Keep the end of the last sleep if it is still to come, even if no wait needs it any more. A wait that begins next usually has a
    // later deadline, so it need not wake this thread.
    sleepEnd = min(deadlines.earliest, sweep.next, sleepEnd > now ? sleepEnd : .max)
    isAsleep = true
    return sleepEnd == .max ? nil : sleepEnd - min(sleepEnd, now)
  }

  mutating func noteAwake() { isAsleep = false }
}

extension WaitTable {
  /// Takes a wait out of the table.
  private mutating func take(_ wait: Wait, endedBy end: WaitEnd) {
    deadlines.remove(wait)
    if wait.plan.isSwept { sweep.remove() }
    wait.end = end
    let index = Int(wait.descriptor)
    if index < 0 { return }
    if sockets[index].first === wait {
      sockets[index].first = wait.next
    } else {
      sockets[index].waits.first { $0.next === wait }?.next = wait.next
    }
    wait.next = nil
  }

  /// Takes those waits on a descriptor for which `isMeant` is true out of the table, and adds them to `ended`.
  private mutating func takeAll(
    on index: Int, endedBy end: WaitEnd, to ended: inout [Wait], where isMeant: (Wait) -> Bool
  ) {
    for wait in sockets[index].waits where isMeant(wait) {
      take(wait, endedBy: end)
      ended.append(wait)
    }
  }

  /// Watches for what the waits on a descriptor wait for, if they wait for events. Returns 0 or an errno value.
  private mutating func arm(_ index: Int) -> CInt {
    let events = sockets[index].waits.reduce(into: Events()) { $0.formUnion($1.events) }
    if events.isEmpty {
      if sockets[index].isArmedForChanges { letGo(of: index) }
      return 0
    }
    let everyChange = sockets[index].isWatchedForChanges
    let generation = sockets[index].generation &+ 1
    let token = UInt64(generation) << 32 | UInt64(index)
    let errno = system.arm(
      CInt(index), for: events, everyChange: everyChange, isKnown: sockets[index].isKnown, token: token)
    if errno == 0 {
      sockets[index].generation = generation
      sockets[index].isKnown = true
      sockets[index].isArmedForChanges = everyChange
    }
    return errno
  }

  /// Makes the system forget a descriptor that it knows.
  private mutating func letGo(of index: Int) {
    system.forget(CInt(index))
    sockets[index].isKnown = false
    sockets[index].isArmedForChanges = false
    sockets[index].generation &+= 1
  }

  /// Ends the thread's sleep if it is to last beyond `time`.
  private mutating func wakeThread(by time: UInt64) {
    if !isAsleep || time >= sleepEnd { return }
    isAsleep = false
    system.wake()
  }

  /// Looks at some of the streams that are swept. Between two calls the lock is free.
  private mutating func lookForEndedStreams(at now: UInt64, to ended: inout [Wait]) {
    let end = min(sockets.count, sweep.position + 256)
    for index in sweep.position..<max(end, sweep.position) {
      guard sockets[index].isSwept, system.hasEndedSending(CInt(index)) else { continue }
      // This does not end waits for the turn to send. They end when the send that has the turn ends.
      takeAll(on: index, endedBy: .ready, to: &ended) { $0.plan.isSwept }
    }
    sweep.reached(end, of: sockets.count, at: now)
  }
}
