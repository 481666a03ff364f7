// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Spreads sends over time, so that no more than so many bytes a second go.
struct Pace {
  /// How long a piece takes: short enough that the bytes seem to flow.
  private static let pieceTime = 0.05
  /// Sleeps end late. What a send was late by so much is made up for; a longer stall is not, as it would be followed by a
  /// burst.
  private static let credit = Duration.milliseconds(50)

  private let bytesPerSecond: Double
  /// When the next send may begin.
  private var due = ContinuousClock.now

  init(bytesPerSecond: Int) { self.bytesPerSecond = Double(bytesPerSecond) }

  /// The most bytes to send at once.
  var pieceSize: Int { max(1, Int(bytesPerSecond * Self.pieceTime)) }

  /// Waits until `bytes` more may go.
  mutating func wait(toSend bytes: Int) {
    let now = ContinuousClock.now
    if due > now { Thread.sleep(forTimeInterval: now.duration(to: due).seconds) }
    due = max(due, now - Self.credit) + .seconds(Double(bytes) / bytesPerSecond)
  }
}
