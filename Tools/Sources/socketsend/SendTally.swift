// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// The sums over every send of this process while it observes, taken from the library's own trace.
final class SendTally: Sendable {
  struct Sums: Sendable {
    var sends = 0
    var segments = 0
    var bytes = 0
    var systemCalls = 0
    var waits = 0
    /// Time spent inside the sends.
    var duration = Duration.zero
  }

  private let totals = Mutex(Sums())

  var sums: Sums { totals.withLock { $0 } }

  /// Runs `body` with a tally that counts what it sends.
  static func counting<Result>(_ body: (SendTally) throws -> Result) rethrows -> Result {
    let tally = SendTally()
    let observation = SendTrace.observe { tally.add($0) }
    defer { observation.end() }
    return try body(tally)
  }

  private func add(_ trace: SendTrace) {
    totals.withLock { sums in
      sums.sends += 1
      sums.segments += trace.segments
      sums.bytes += trace.bytesAccepted
      sums.systemCalls += trace.systemCalls
      sums.waits += trace.waits
      sums.duration += trace.duration
    }
  }
}
