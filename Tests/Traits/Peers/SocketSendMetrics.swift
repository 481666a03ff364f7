// SPDX-License-Identifier: Apache-2.0
// Counters that print what they count.

import CoreMetrics

struct PrintedMetrics: MetricsFactory {
  final class Counter: CounterHandler {
    let name: String
    init(_ name: String) { self.name = name }
    func increment(by amount: Int64) { print(name, amount) }
    func reset() {}
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> CounterHandler {
    Counter(([label] + dimensions.map { "\($0)=\($1)" }).joined(separator: " "))
  }
  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> RecorderHandler {
    NOOPMetricsHandler.instance
  }
  func makeTimer(label: String, dimensions: [(String, String)]) -> TimerHandler { NOOPMetricsHandler.instance }
  func destroyCounter(_ handler: CounterHandler) {}
  func destroyRecorder(_ handler: RecorderHandler) {}
  func destroyTimer(_ handler: TimerHandler) {}
}
