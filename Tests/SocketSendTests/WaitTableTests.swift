// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSendAsync

private let descriptors: [CInt] = [0, 1, 2, 7]

extension SocketTests {
  @Suite("The table of waits, on a scripted system", .serialized) struct WaitTableTests {
    @Test("60 000 random operations on four descriptors")
    func random() async {
      var generator = SeededGenerator(seed: runSeed)
      let suspension = await spentSuspension()
      for part in 0..<120 {
        let seed = generator.next()
        let complaint = WaitTrial.complaint(suspension) { trial in
          var generator = SeededGenerator(seed: seed)
          for _ in 0..<500 where !trial.isWrong { trial.doAnything(using: &generator) }
        }
        if let complaint {
          Issue.record("part \(part), SOCKETSEND_SEED=\(runSeed): \(complaint)")
          return
        }
      }
    }

    @Test("all sequences of operations", arguments: Alphabet.allCases)
    func exhaustive(alphabet: Alphabet) async {
      let suspension = await spentSuspension()
      for sequence in 0..<alphabet.sequences {
        let complaint = WaitTrial.complaint(suspension) { trial in
          for letter in alphabet.sequence(sequence) { letter.act(&trial) }
        }
        if let complaint {
          Issue.record("sequence \(sequence): \(complaint)")
          return
        }
      }
    }
  }
}

extension WaitTrial {
  fileprivate mutating func doAnything(using generator: inout SeededGenerator) {
    let descriptor = descriptors.randomElement(using: &generator)!
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<22: if waiting.count < 24 { begin(anyWait(on: descriptor, using: &generator)) }
    case 22..<25: beginEnded(anyWait(on: descriptor, using: &generator))
    case 25..<32:
      if let wait = waiting.randomElement(using: &generator) {
        end(wait, by: Bool.random(using: &generator) ? .cancelled : .ready)
      }
    case 32..<34: endAll(on: descriptor)
    case 34..<37: close(descriptor)
    case 37..<39: forget(descriptor)
    case 39..<52: change(descriptor, to: Events(rawValue: .random(in: 0...15, using: &generator)))
    case 52..<54: change(descriptor, to: [])
    case 54: system.cut.insert(descriptor)
    case 55..<60: pass(.random(in: 0...60_000_000, using: &generator))
    case 60..<63: handleStale(.random(in: 0..<1000, using: &generator))
    case 63: system.armError = 12
    case 64..<68: system.armError = 0
    case 68..<78: fetch()
    case 78..<89: handle()
    default: sleep()
    }
  }

  private mutating func beginEnded(_ wait: Wait) {
    end(wait, by: .cancelled)
    begin(wait)
  }

  private func anyWait(on descriptor: CInt, using generator: inout SeededGenerator) -> Wait {
    let reason = [WaitReason.room, .room, .data, .noEvent].randomElement(using: &generator)!
    let isTimed = Int.random(in: 0..<3, using: &generator) > 0
    let isForEvent = reason != .noEvent
    return Wait(
      for: reason, on: descriptor, until: isTimed ? now + .random(in: 0...200_000_000, using: &generator) : .max,
      isForChanges: isForEvent && Int.random(in: 0..<4, using: &generator) == 0,
      isSwept: reason == .room && Int.random(in: 0..<4, using: &generator) == 0)
  }
}

/// One operation of an exhaustive test.
struct Letter: Sendable {
  let act: @Sendable (inout WaitTrial) -> Void

  init(_ act: @escaping @Sendable (inout WaitTrial) -> Void) { self.act = act }

  static func begins(_ reason: WaitReason, on descriptor: CInt = 0, for time: UInt64? = nil, isForChanges: Bool = false)
    -> Letter
  {
    Letter { trial in
      let end = time.map { trial.now + $0 } ?? .max
      trial.begin(Wait(for: reason, on: descriptor, until: end, isForChanges: isForChanges))
    }
  }

  static func beginsSwept(for time: UInt64) -> Letter {
    Letter { $0.begin(Wait(for: .room, on: 0, until: $0.now + time, isSwept: true)) }
  }

  static func cancels(on descriptor: CInt = 0) -> Letter { Letter { $0.endFirst(on: descriptor, by: .cancelled) } }
  static func closes(_ descriptor: CInt = 0) -> Letter { Letter { $0.close(descriptor) } }
  static func changes(_ descriptor: CInt = 0, to state: Events) -> Letter { Letter { $0.change(descriptor, to: state) } }
  static let fetches = Letter { $0.fetch() }
  static let handles = Letter { $0.handle() }
  static let sleeps = Letter { $0.sleep() }
  static func passes(_ time: UInt64) -> Letter { Letter { $0.pass(time) } }
  static let refuses = Letter { $0.system.armError = 12 }
  static let cuts = Letter { $0.system.cut.insert(0) }
}

enum Alphabet: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case reuse = "room and data, cancel, events and reuse of the number"
  case errors = "changes among errors, and refusals"
  case time = "time-outs, cancel, sweep and sleep"
  case two = "two descriptors"

  var testDescription: String { rawValue }
  private var length: Int { self == .two ? 4 : 5 }
  /// The letters from here on do nothing at the start, where nobody waits.
  private var starts: Int { self == .reuse ? 3 : self == .time ? 4 : 5 }

  var sequences: Int { (1..<length).reduce(starts) { count, _ in count * letters.count } }

  func sequence(_ number: Int) -> [Letter] {
    var rest = number / starts
    return (0..<length).map { place in
      if place == 0 { return letters[number % starts] }
      defer { rest /= letters.count }
      return letters[rest % letters.count]
    }
  }

  private var letters: [Letter] {
    switch self {
    case .reuse: [.begins(.room), .begins(.data), .changes(to: .room), .cancels(), .closes(), .fetches, .handles]
    case .errors:
      [
        .begins(.room, isForChanges: true), .begins(.data), .changes(to: .error), .changes(to: .room), .refuses, .fetches,
        .handles,
      ]
    case .time:
      [
        .beginsSwept(for: 150_000_000), .begins(.noEvent, for: 10), .cuts, .sleeps, .cancels(), .passes(120_000_000),
        .handles,
      ]
    case .two:
      [
        .begins(.room), .begins(.room, on: 1, for: 10), .changes(to: .room), .changes(1, to: .hangUp), .sleeps,
        .cancels(), .closes(), .fetches, .handles, .passes(10),
      ]
    }
  }
}
