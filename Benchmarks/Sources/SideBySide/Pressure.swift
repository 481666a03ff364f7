// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// One way to send under back-pressure, as ratios to the plain loop in the same round.
struct PressureResult {
  let name: String
  let time: Double
  let cpu: Double
}

/// Large transfers whose reader keeps up or is slow.
struct PressureTable {
  let effort: Effort

  func run(_ note: (PressureResult) -> Void) {
    print(
      "\n\(effort.pressureBytes >> 20) MiB in lists of 64 x 16 KiB: ratios to the plain loop, medians of \(effort.pressureRounds) rounds.\n"
    )
    print("".padding(to: 34) + "time".padded(to: 8) + "CPU time".padded(to: 10) + "   MiB/s")
    for transport in Transport.all where transport.name != "udp" {
      for (reader, pause) in [("a reader that keeps up", 0), ("a slow reader", 500)] as [(String, UInt32)] {
        row("\(transport.name), \(reader)", transport, pause, PRESSURE_SENDV_ALL, "", note)
        row("\(transport.name), \(reader)", transport, pause, PRESSURE_SENDV_ALL_TIMEOUT, ", time-out", note)
      }
    }
  }

  private func row(
    _ name: String, _ transport: Transport, _ pause: UInt32, _ way: pressure, _ suffix: String,
    _ note: (PressureResult) -> Void
  ) {
    var times: [Double] = []
    var cpus: [Double] = []
    var seconds: [Double] = []
    for _ in 0..<effort.pressureRounds {
      let plain = pressure_run(transport.value, PRESSURE_SENDMSG, effort.pressureBytes, pause)
      let ours = pressure_run(transport.value, way, effort.pressureBytes, pause)
      times.append(ours.seconds / plain.seconds)
      cpus.append(ours.cpu_seconds / plain.cpu_seconds)
      seconds.append(ours.seconds)
    }
    let result = PressureResult(name: name + suffix, time: times.median, cpu: cpus.median)
    let rate = Double(effort.pressureBytes >> 20) / seconds.median
    print(
      result.name.padding(to: 34) + result.time.rounded(to: 2).padded(to: 8) + result.cpu.rounded(to: 2).padded(to: 10)
        + rate.rounded(to: 0).padded(to: 8))
    note(result)
  }
}

extension [Double] {
  var median: Double { sorted()[count / 2] }
}
