// SPDX-License-Identifier: Apache-2.0

extension Row {
  static func all(quick: Bool) -> [Row] {
    let sizes = quick ? [1000, 10_000] : [100, 1000, 10_000]
    let stalls = sizes.map { stalled($0, seconds: ($0 == 10_000 ? 8 : 4) / (quick ? 2 : 1), rounds: quick ? 1 : 3) }
    return stalls + [
      timeouts(10_000, rounds: quick ? 1 : 5),
      pressure(kibibytes: 1024, pause: 50, times: quick ? 50 : 200, rounds: quick ? 3 : 11),
      pressure(kibibytes: 64, pause: 50, times: quick ? 800 : 3200, rounds: quick ? 3 : 11),
      pressure(kibibytes: 64, pause: 0, times: quick ? 2500 : 10_000, rounds: quick ? 3 : 11),
      turns(times: quick ? 2000 : 10_000, rounds: quick ? 3 : 11),
      neighbours(mebibytes: 1024, rounds: quick ? 2 : 7),
    ]
  }

  /// The processor use of a sweep over 10 000 sockets comes once in 4 s: measure for a multiple of that.
  private static func stalled(_ count: Int, seconds: Int, rounds: Int) -> Row {
    let most = [1000: 0.3, 10_000: 0.5][count]
    let ours = Staller.ours.rawValue
    return Row(
      kind: .stalled, title: "\(count) sends that stay stalled", size: "\(count)",
      candidates: Staller.allCases.filter { $0.takes(count) }.map(\.rawValue), numbers: [count, seconds], rounds: rounds,
      figures: [
        Figure(name: "processor use, %", index: 0, goals: most.map { [ours: .atMost($0)] } ?? [:]),
        Figure(name: "memory a send, KB", index: 1, scale: 1e-3, goals: count < 10_000 ? [:] : [ours: .atMost(3)]),
        Figure(name: "memory a channel, KB", index: 2, scale: 1e-3, only: [Staller.nio.rawValue]),
      ])
  }

  private static func timeouts(_ count: Int, rounds: Int) -> Row {
    let ours = Staller.ours.rawValue
    return Row(
      kind: .timeouts, title: "\(count) time-outs at once: how late", size: "\(count)",
      candidates: [ours, Staller.nio.rawValue], numbers: [count], rounds: rounds,
      figures: [
        Figure(name: "median, ms", index: 0, goals: [ours: .atMost(1)]),
        Figure(name: "99th percentile, ms", index: 1, goals: [ours: .atMost(10)]),
        Figure(name: "earliest of all rounds, ms", index: 2, places: 3, rounds: .least, goals: [ours: .atLeast(0)]),
      ])
  }

  private static func pressure(kibibytes: Int, pause: Int, times: Int, rounds: Int) -> Row {
    let reader = pause == 0 ? "a reader that keeps up" : "a reader that pauses for \(pause) us after each 64 KiB"
    let most = pause == 0 ? 1.2 : 1.9
    let baseline = Sender.blocking.rawValue
    return Row(
      kind: .pressure, title: "Lists of \(kibibytes) KiB to \(reader)", size: "\(kibibytes) KiB \(pause) us",
      candidates: Sender.allCases.map(\.rawValue), numbers: [times, kibibytes, pause], rounds: rounds,
      figures: [
        Figure(name: "processor time a list, us", index: 0, scale: 1e6 / Double(times), places: 1),
        Figure(
          name: "processor time to C, blocking", index: 0, baseline: baseline,
          goals: [Sender.ours.rawValue: .atMost(most)]),
        Figure(name: "time a list, us", index: 1, scale: 1e6 / Double(times), places: 1),
        Figure(name: "time to C, blocking", index: 1, baseline: baseline),
      ])
  }

  private static func turns(times: Int, rounds: Int) -> Row {
    let goals = [Sharing.threads.rawValue: Figure.Goal.atMost(1.2), Sharing.tasks.rawValue: .atMost(1.5)]
    return Row(
      kind: .turns, title: "16 senders on one stream, \(times) short lists each", size: "16",
      candidates: Sharing.allCases.map(\.rawValue), numbers: [times], rounds: rounds,
      figures: [
        Figure(name: "time a send, us", index: 0, scale: 1e6 / Double(16 * times)),
        Figure(name: "to the mutex", index: 0, baseline: Sharing.mutex.rawValue, goals: goals),
        Figure(name: "99th percentile, ms", index: 1, places: 3),
        Figure(name: "longest of all rounds, ms", index: 2, places: 1, rounds: .most),
      ])
  }

  private static func neighbours(mebibytes: Int, rounds: Int) -> Row {
    Row(
      kind: .neighbours, title: "How late another task's sleep of 1 ms ends while \(mebibytes) MiB are sent",
      size: "\(mebibytes) MiB", candidates: Neighbour.allCases.map(\.rawValue), numbers: [mebibytes], rounds: rounds,
      figures: [
        Figure(name: "median, ms", index: 0),
        Figure(name: "99th percentile, ms", index: 1, goals: [Neighbour.ours.rawValue: .atMost(2)]),
        Figure(name: "sleeps", index: 2, places: 0),
      ])
  }
}
