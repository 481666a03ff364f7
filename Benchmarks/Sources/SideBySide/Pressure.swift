// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// One way to send under back-pressure, as ratios to the plain loop in the same round.
struct PressureResult {
  let name: String
  let time: ratio
  let cpu: ratio
}

/// Large transfers whose reader keeps up or is slow.
struct PressureTable {
  let effort: Effort

  func run(_ note: (PressureResult) -> Void) {
    print(
      "\n\(effort.pressureBytes >> 20) MiB in lists of 64 x 16 KiB: ratios to the plain loop, medians of \(effort.pressureRounds) rounds.\n"
    )
    print("".padding(to: 46) + "time".padded(to: 8) + "CPU time".padded(to: 10) + "   MiB/s")
    for transport in Transport.all where transport.name != "udp" {
      for (reader, pause) in [("a reader that keeps up", 0), ("a slow reader", 500)] as [(String, UInt32)] {
        let runs = (0..<effort.pressureRounds).map { _ in run(transport, pause) }
        for (way, suffix) in Self.ways {
          let result = compare(runs, way, name: "\(transport.name), \(reader)\(suffix)")
          if way != PRESSURE_SENDMSG_AGAIN { note(result) }
        }
      }
    }
  }

  private static let ways = [
    (PRESSURE_SENDV_ALL, ""), (PRESSURE_SENDV_ALL_TIMEOUT, ", time-out"), (PRESSURE_SENDMSG_AGAIN, ", the plain loop"),
  ]

  private func run(_ transport: Transport, _ pause: UInt32) -> [pressure_figures] {
    var figures = [pressure_figures](repeating: pressure_figures(), count: Int(PRESSURES.rawValue))
    pressure_run(transport.value, effort.pressureBytes, pause, &figures)
    return figures
  }

  private func compare(_ runs: [[pressure_figures]], _ way: pressure, name: String) -> PressureResult {
    let ours = Int(way.rawValue)
    let plain = Int(PRESSURE_SENDMSG.rawValue)
    // Against both runs of the plain loop, for a steadier measure.
    let again = Int(PRESSURE_SENDMSG_AGAIN.rawValue)
    let time = runs.map { 2 * $0[ours].seconds / ($0[plain].seconds + $0[again].seconds) }.medianRatio
    let cpu = runs.map { 2 * $0[ours].cpu_seconds / ($0[plain].cpu_seconds + $0[again].cpu_seconds) }.medianRatio
    let rate = Double(effort.pressureBytes >> 20) / runs.map { $0[ours].seconds }.median
    print(
      name.padding(to: 46) + time.median.rounded(to: 2).padded(to: 8) + cpu.median.rounded(to: 2).padded(to: 10)
        + rate.rounded(to: 0).padded(to: 8))
    return PressureResult(name: name, time: time, cpu: cpu)
  }
}

extension [Double] {
  var median: Double { sorted()[count / 2] }
  /// These ratios' median and its standard error.
  var medianRatio: ratio { median_ratio(self, [Double](repeating: 1, count: count), count) }
}
