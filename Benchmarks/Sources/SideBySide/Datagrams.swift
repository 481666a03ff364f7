// SPDX-License-Identifier: Apache-2.0
import CSideBySide

/// Unix datagrams to an address whose reader's queue is full: time to a blocking `sendto`.
struct DatagramTable {
  let effort: Effort

  func run(_ note: (String, ratio) -> Void) {
    print("\nUnix datagrams to an address whose reader is slower than the sender: microseconds a datagram, medians.\n")
    print("reader".padding(to: 20) + "sendto".padded(to: 10) + "ours".padded(to: 10) + "ratio".padded(to: 8))
    for reader in [5.0, 10, 20, 50] {
      var ours: [Double] = []
      var plain: [Double] = []
      for _ in 0..<effort.pressureRounds {
        plain.append(datagrams_us(effort.datagrams, reader, true))
        ours.append(datagrams_us(effort.datagrams, reader, false))
      }
      let relative = zip(ours, plain).map { $0 / $1 }.medianRatio
      let name = "\(Int(reader)) us a datagram"
      print(
        name.padding(to: 20) + plain.median.rounded(to: 1).padded(to: 10) + ours.median.rounded(to: 1).padded(to: 10)
          + relative.median.rounded(to: 2).padded(to: 8))
      note(name, relative)
    }
  }
}
