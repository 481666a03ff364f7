// SPDX-License-Identifier: Apache-2.0
@testable import SocketSendAsync

/// A system whose sockets are made up. A test says what their state is, fetches the events that follow from it, and reads what the
/// system was asked. It watches as epoll does.
final class ScriptedEvents: EventSystem {
  struct Event {
    let descriptor: CInt
    let token: UInt64
    let what: Events
  }

  private struct Arming {
    var events: Events
    var everyChange: Bool
    /// There was a change that no event has told yet.
    var isChanged = true
  }

  private var armings: [CInt: Arming] = [:]
  private var registered: Set<CInt> = []
  private var states: [CInt: Events] = [:]
  private var tokensGiven: Set<UInt64> = []
  /// The token of the last arming of each descriptor since it was forgotten.
  private var lastTokens: [CInt: UInt64] = [:]

  /// The errno value that each arming fails with; 0: none fails.
  var armError: CInt = 0
  /// The descriptors whose arming was refused.
  var refused: Set<CInt> = []
  /// The streams that were shut down by their peers.
  var cut: Set<CInt> = []
  /// The descriptors that `hasEndedSending` was called for.
  var looks: [CInt] = []
  /// How often the thread was woken.
  var wakes = 0
  /// The first call that the real system would not understand.
  private(set) var misuse: String?

  // MARK: What the table asks

  func arm(_ descriptor: CInt, for events: Events, everyChange: Bool, isKnown: Bool, token: UInt64) -> CInt {
    if events.isEmpty || !events.isSubset(of: [.room, .data]) { misuse = misuse ?? "armed \(descriptor) for \(events)" }
    if isKnown != registered.contains(descriptor) { misuse = misuse ?? "armed \(descriptor), isKnown: \(isKnown)" }
    if UInt32(truncatingIfNeeded: token) != UInt32(descriptor) { misuse = misuse ?? "armed \(descriptor), token \(token)" }
    if armError != 0 {
      refused.insert(descriptor)
      return armError
    }
    if !tokensGiven.insert(token).inserted { misuse = misuse ?? "armed \(descriptor) with an old token" }
    registered.insert(descriptor)
    armings[descriptor] = Arming(events: events, everyChange: everyChange)
    lastTokens[descriptor] = token
    return 0
  }

  func forget(_ descriptor: CInt) {
    if registered.remove(descriptor) == nil { misuse = misuse ?? "forgot \(descriptor), which is unknown" }
    armings[descriptor] = nil
    lastTokens[descriptor] = nil
  }

  func wake() { wakes += 1 }

  func hasEndedSending(_ descriptor: CInt) -> Bool {
    looks.append(descriptor)
    return cut.contains(descriptor)
  }

  // MARK: What the test does

  func state(of descriptor: CInt) -> Events { states[descriptor] ?? [] }

  func change(_ descriptor: CInt, to state: Events) {
    states[descriptor] = state
    armings[descriptor]?.isChanged = true
  }

  /// Closes the descriptor, and opens another socket with its number.
  func reopen(_ descriptor: CInt) {
    armings[descriptor] = nil
    cut.remove(descriptor)
    states[descriptor] = []
  }

  func isArmed(_ descriptor: CInt) -> Bool { armings[descriptor] != nil }

  /// Whether an event of this descriptor will tell of `events` once they are there.
  func isArmed(_ descriptor: CInt, for events: Events) -> Bool {
    armings[descriptor]?.events.isSuperset(of: events) ?? false
  }

  /// Whether `fetch` has an event of this descriptor.
  func isDue(_ descriptor: CInt) -> Bool { event(of: descriptor) != nil }

  /// Whether nothing was armed or forgotten since the event was fetched.
  func isCurrent(_ event: Event) -> Bool { lastTokens[event.descriptor] == event.token }

  private func event(of descriptor: CInt) -> Event? {
    guard let arming = armings[descriptor], let token = lastTokens[descriptor] else { return nil }
    let what = state(of: descriptor).intersection(arming.events.union([.error, .hangUp]))
    if what.isEmpty || arming.everyChange && !arming.isChanged { return nil }
    return Event(descriptor: descriptor, token: token, what: what)
  }

  /// The events of now. Each ends its watch, or where every change is watched, tells the change.
  func fetch() -> [Event] {
    let events = armings.keys.sorted().compactMap { event(of: $0) }
    for event in events {
      if armings[event.descriptor]?.everyChange == true {
        armings[event.descriptor]?.isChanged = false
      } else {
        armings[event.descriptor] = nil
      }
    }
    return events
  }
}

/// A suspension that was resumed already. A wait with a suspension counts as one that began; the table does not use it.
func spentSuspension() async -> Suspension {
  var spent: Suspension?
  await Suspension.wait { suspension in
    spent = suspension
    suspension.resume()
  }
  return spent!
}

extension Wait: CustomStringConvertible {
  public var description: String {
    let until = deadline == .max ? "" : " until \(deadline)"
    return "[\(reason) on \(descriptor)\(until)\(isForChanges ? ", for changes" : "")\(isSwept ? ", swept" : "")]"
  }
}

extension Wait {
  convenience init(
    for reason: WaitReason, on descriptor: CInt, until deadline: UInt64 = .max, isForChanges: Bool = false,
    isSwept: Bool = false
  ) {
    self.init(
      WaitPlan(reason: reason, deadline: deadline, isForChanges: isForChanges, isSwept: isSwept), on: descriptor)
  }

  var reason: WaitReason { plan.reason }
  var isForChanges: Bool { plan.isForChanges }
  var isSwept: Bool { plan.isSwept }
}
