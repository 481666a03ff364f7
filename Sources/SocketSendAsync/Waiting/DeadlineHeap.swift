// SPDX-License-Identifier: Apache-2.0

/// The waits that have a deadline, the earliest first: a heap in which each wait has up to four children.
struct DeadlineHeap {
  private var waits: [Wait] = []

  /// The wait with the earliest deadline.
  var first: Wait? { waits.first }
  /// `UInt64.max` if there is none.
  var earliest: UInt64 { waits.first?.deadline ?? .max }

  /// Adds a wait. One that never ends by its deadline needs no place.
  mutating func insert(_ wait: Wait) {
    if wait.deadline == .max { return }
    waits.append(wait)
    siftUp(wait, from: waits.count - 1)
  }

  /// Removes a wait, if it has a place.
  mutating func remove(_ wait: Wait) {
    let place = wait.placeInHeap
    if place < 0 { return }
    wait.placeInHeap = -1
    let last = waits.removeLast()
    if last === wait { return }
    if place > 0, waits[Self.parent(of: place)].deadline > last.deadline {
      siftUp(last, from: place)
    } else {
      siftDown(last, from: place)
    }
  }

  private static func parent(of place: Int) -> Int { (place - 1) / 4 }

  private mutating func put(_ wait: Wait, at place: Int) {
    waits[place] = wait
    wait.placeInHeap = place
  }

  private mutating func siftUp(_ wait: Wait, from start: Int) {
    var place = start
    while place > 0, waits[Self.parent(of: place)].deadline > wait.deadline {
      put(waits[Self.parent(of: place)], at: place)
      place = Self.parent(of: place)
    }
    put(wait, at: place)
  }

  private mutating func siftDown(_ wait: Wait, from start: Int) {
    var place = start
    while true {
      let children = 4 * place + 1..<min(4 * place + 5, max(waits.count, 4 * place + 1))
      guard let earliest = children.min(by: { waits[$0].deadline < waits[$1].deadline }),
        waits[earliest].deadline < wait.deadline
      else { break }
      put(waits[earliest], at: place)
      place = earliest
    }
    put(wait, at: place)
  }
}
