// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// What the project promises of its speed, each held against this run.
struct Targets {
  private struct Target {
    let promise: String
    let limit: Double
    var worst = ratio(median: -.infinity, error: 0)
    var place = "not measured"
    /// Some place is above the limit, its error left out.
    var isMissed = false

    /// Keeps the worst place: one that is surely above the limit before all others, so that noise does not hide it; else the one
    /// with the largest figure.
    mutating func note(_ value: ratio, at place: String) {
      let missed = value.least > limit
      guard missed == isMissed ? value.median > worst.median : missed else { return }
      worst = value
      self.place = place
      isMissed = missed
    }

    mutating func note(_ value: Double, at place: String) {
      note(ratio(median: value, error: 0), at: place)
    }

    var verdict: String {
      if isMissed { return "MISSED" }
      return worst.median <= limit ? "holds" : "within the noise"
    }
  }

  private var toSendmsg = Target(promise: "sendv_all to sendmsg, every cell", limit: 1.03)
  private var toSendmsgIn: [Shape: Target] = [
    Shape(segments: 1024, bytes: 16): 0.45, Shape(segments: 512, bytes: 120): 0.80, Shape(segments: 1024, bytes: 60): 0.80,
    Shape(segments: 64, bytes: 128): 0.75, Shape(segments: 64, bytes: 1000): 1.00, Shape(segments: 1, bytes: 64): 0.97,
  ].reduce(into: [:]) { targets, entry in
    let (shape, limit) = entry
    targets[shape] = Target(promise: "sendv_all to sendmsg, \(shape.segments) x \(shape.bytes)", limit: limit)
  }
  private var toContiguousSmall = Target(promise: "sendv_all to contiguous, up to 64 x 512", limit: 1.2)
  private var toContiguousMany = Target(promise: "sendv_all to contiguous, 1024 x 16", limit: 2.2)
  private var toContiguousLarge = Target(promise: "sendv_all to contiguous, 16 x 64 KiB and 4 x 1 MiB", limit: 1.05)
  private var swift = Target(promise: "Swift to sendv_all, up to 64 segments", limit: 1.06)
  private var swiftMore = Target(promise: "Swift over sendv_all, ns a segment beyond 64", limit: 1)
  private var pressureTime = Target(promise: "back-pressure, time to the plain loop's", limit: 1)
  private var pressureCPU = Target(promise: "back-pressure, CPU time to the plain loop's", limit: 1)
  private var datagrams = Target(promise: "Unix datagrams to an address, time to a blocking sendto's", limit: 1.2)
  private var packets = Target(promise: "packets, 5000 x 100 to one contiguous send", limit: 1.1)
  private var memory = Target(promise: "KiB grown by 1 000 000 segments over 64", limit: 256)
  private var memoryOf64: [String: Int] = [:]

  mutating func note(_ cell: CellResult, swiftAt swiftIndex: Int) {
    let shape = cell.shape
    let place = "\(cell.transport.name) \(shape.segments) x \(shape.bytes)"
    let ours = cell.figures[Int(CANDIDATE_SENDV_ALL)]
    let swiftFigures = cell.figures[swiftIndex]
    toSendmsg.note(ours.to_sendmsg, at: place)
    toSendmsgIn[shape]?.note(ours.to_sendmsg, at: place)
    if shape.segments <= 64, shape.bytes <= 512 { toContiguousSmall.note(ours.to_contiguous, at: place) }
    if shape == Shape(segments: 1024, bytes: 16) { toContiguousMany.note(ours.to_contiguous, at: place) }
    if shape.bytes >= 65536 { toContiguousLarge.note(ours.to_contiguous, at: place) }
    if shape.segments <= 64 {
      swift.note(swiftFigures.to_sendv_all, at: place)
    } else {
      let segment = ours.median_ns / Double(shape.segments)
      let relative = swiftFigures.to_sendv_all
      swiftMore.note(ratio(median: (relative.median - 1) * segment, error: relative.error * segment), at: place)
    }
  }

  mutating func note(_ pressure: PressureResult) {
    pressureTime.note(pressure.time, at: pressure.name)
    pressureCPU.note(pressure.cpu, at: pressure.name)
  }

  mutating func noteDatagrams(_ value: ratio, reader: String) {
    datagrams.note(value, at: reader)
  }

  mutating func notePackets(segments: Int, bytes: Int) {
    let ours = (0..<5).map { _ in Double(packets_sent(segments, bytes, false)) }.median
    let contiguous = (0..<5).map { _ in Double(packets_sent(segments, bytes, true)) }.median
    packets.note(ours / contiguous, at: "\(Int(ours)) to \(Int(contiguous))")
  }

  mutating func note(_ result: MemoryResult) {
    if result.segments == 64 {
      memoryOf64[result.name] = result.kibibytes
      return
    }
    let growth = Double(result.kibibytes - memoryOf64[result.name, default: 0])
    memory.note(growth, at: "\(result.name), \(Int(growth)) KiB")
  }

  func printTable() {
    print(
      "\nThe promises, each by its worst case in this run, with the standard error of its median over the rounds.\n"
    )
    let named = toSendmsgIn.sorted { $0.value.promise < $1.value.promise }.map(\.value)
    let all =
      [toSendmsg] + named + [toContiguousSmall, toContiguousMany, toContiguousLarge, swift, swiftMore, pressureTime]
      + [pressureCPU, datagrams, packets, memory]
    for target in all {
      let error = target.worst.error == 0 ? "" : "±" + target.worst.error.rounded(to: 2)
      print(
        target.promise.padding(to: 52) + target.worst.median.rounded(to: 2).padded(to: 8) + error.padded(to: 6)
          + "  at most " + target.limit.rounded(to: 2).padding(to: 8) + target.verdict.padding(to: 18) + target.place)
    }
  }
}

extension ratio {
  /// What the true value is hardly below: two standard errors less.
  fileprivate var least: Double { median - 2 * error }
}
