// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSendAsync

extension SocketTests {
  @Suite("The heap of deadlines and the sweep") struct DeadlineHeapTests {
    @Test("random waits come and go as in a sorted array", arguments: [1, 5, 40, 1000])
    func random(size: Int) {
      var generator = SeededGenerator(seed: runSeed)
      var heap = DeadlineHeap()
      var sorted: [Wait] = []
      for step in 0..<5000 {
        if sorted.count < size, Bool.random(using: &generator) {
          insert(anyWait(using: &generator), into: &heap, &sorted)
        } else if Int.random(in: 0..<4, using: &generator) == 0, let first = heap.first {
          remove(first, from: &heap, &sorted)
        } else if let wait = sorted.randomElement(using: &generator) {
          remove(wait, from: &heap, &sorted)
        }
        if heap.earliest != sorted.first?.deadline ?? .max || heap.first?.deadline != sorted.first?.deadline {
          Issue.record("step \(step), SOCKETSEND_SEED=\(runSeed): the first is \(heap.earliest)")
          return
        }
      }
      while let first = heap.first {
        #expect(first.deadline == sorted.first?.deadline)
        remove(first, from: &heap, &sorted)
      }
      #expect(sorted.isEmpty && heap.earliest == .max)
    }

    /// Few different deadlines, so that many are equal.
    private func anyWait(using generator: inout SeededGenerator) -> Wait {
      Wait(for: .noEvent, on: 0, until: .random(in: 0..<100, using: &generator))
    }

    private func insert(_ wait: Wait, into heap: inout DeadlineHeap, _ sorted: inout [Wait]) {
      heap.insert(wait)
      sorted.insert(wait, at: sorted.firstIndex { $0.deadline > wait.deadline } ?? sorted.count)
    }

    private func remove(_ wait: Wait, from heap: inout DeadlineHeap, _ sorted: inout [Wait]) {
      heap.remove(wait)
      heap.remove(wait)  // one that has no place changes nothing
      if wait.placeInHeap != -1 { Issue.record("a wait that was removed has the place \(wait.placeInHeap)") }
      sorted.removeAll { $0 === wait }
    }

    @Test("a wait without a deadline takes no place")
    func never() {
      var heap = DeadlineHeap()
      let wait = Wait(for: .noEvent, on: 0)
      heap.insert(wait)
      #expect(heap.first == nil && wait.placeInHeap == -1)
      heap.remove(wait)
    }

    @Test("the sweep pauses 100 ms, or 400 µs for each wait if that is more", arguments: [1, 2, 250, 251, 1000, 100_000])
    func pace(waits: Int) {
      var sweep = Sweep()
      #expect(sweep.next == .max && !sweep.isDue(at: 1_000_000_000_000))
      for _ in 0..<waits { sweep.insert(at: 1000) }
      #expect(sweep.next == 100_001_000)
      #expect(!sweep.isDue(at: 100_000_999) && sweep.isDue(at: 100_001_000))
      sweep.reached(10, of: 10, at: 200_000_000)
      let pause = max(100_000_000, UInt64(waits) * 400_000)
      #expect(sweep.position == 0 && sweep.next == 200_000_000 + pause)
      for _ in 0..<waits { sweep.remove() }
      sweep.reached(10, of: 10, at: sweep.next)
      #expect(sweep.next == .max, "nobody is swept")
    }

    @Test("a sweep in several steps goes on at once, from where it stands")
    func steps() {
      var sweep = Sweep()
      sweep.insert(at: 0)
      let start = sweep.next
      sweep.reached(256, of: 600, at: start)
      #expect(sweep.position == 256 && sweep.isDue(at: start))
      sweep.reached(512, of: 600, at: start + 5)
      #expect(sweep.position == 512 && sweep.isDue(at: start + 5))
      sweep.reached(600, of: 600, at: start + 9)
      #expect(sweep.position == 0 && sweep.next == start + 9 + 100_000_000)
    }

    @Test("nothing is swept any more in the middle of a sweep: the next begins at the start")
    func endsMidway() {
      var sweep = Sweep()
      sweep.insert(at: 0)
      sweep.reached(256, of: 600, at: sweep.next)
      sweep.remove()
      sweep.reached(512, of: 600, at: 100_000_000)
      #expect(sweep.position == 0 && sweep.next == .max)
    }

    @Test("each of 700 descriptors is looked at once in a sweep, and not more than 256 of them at a time")
    func reachesAll() {
      let system = ScriptedEvents()
      var table = WaitTable(system: system)
      for descriptor in CInt(0)..<700 where descriptor % 3 != 1 {
        var ended: [Wait] = []
        _ = table.begin(Wait(for: .room, on: descriptor, isSwept: true), at: 0, ended: &ended)
      }
      var ended: [Wait] = []
      // Not optional: in Swift 6.3.1 `#expect` reads 9 bytes of 8 where it compares an optional number (AddressSanitizer).
      var time = table.prepareSleep(at: 99_999_999, to: &ended) ?? .max
      #expect(time == 1 && system.looks.isEmpty)
      system.cut = [255, 256, 699]
      var steps = 0
      repeat {
        let before = system.looks.count
        time = table.prepareSleep(at: 100_000_000, to: &ended) ?? .max
        #expect(system.looks.count - before <= 256)
        steps += 1
      } while time == 0 && steps < 100
      #expect(system.looks == (0..<700).filter { $0 % 3 != 1 })
      #expect(ended.map(\.descriptor) == [255, 699] && ended.allSatisfy { $0.end == .ready })
      // 467 began, and two of them ended.
      #expect(time == 465 * 400_000)
    }
  }
}
