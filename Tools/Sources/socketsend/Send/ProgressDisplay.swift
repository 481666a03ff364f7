// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Shows the progress of a long send on the terminal that standard error is.
final class ProgressDisplay: Sendable {
  private enum State {
    case blank
    case shown
    case over
  }

  /// A send that is done before that shows nothing.
  private static let delay = DispatchTimeInterval.milliseconds(500)
  private static let interval = DispatchTimeInterval.milliseconds(100)

  private let start = ContinuousClock.now
  private let total: Int?
  private let bytesSent: @Sendable () -> Int
  private let state = Mutex(State.blank)
  private let queue = DispatchQueue(label: "progress")

  /// Whether standard error can show it: a terminal that moves its cursor.
  static var isPossible: Bool {
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
  }

  /// - Parameter bytesSent: Asked each time.
  init(total: Int?, bytesSent: @escaping @Sendable () -> Int) {
    self.total = total
    self.bytesSent = bytesSent
    queue.asyncAfter(deadline: .now() + Self.delay) { self.show() }
  }

  private func show() {
    state.withLock { state in
      if state == .over { return }
      state = .shown
      let line = ProgressLine(bytesSent: bytesSent(), total: total, elapsed: start.duration(to: .now))
      Self.write("\r" + line.text(columns: Self.columns - 1) + Self.eraseRestOfLine)
      queue.asyncAfter(deadline: .now() + Self.interval) { self.show() }
    }
  }

  /// Wipes the line, if there is one. Once or often; after it nothing is shown any more.
  func end() {
    state.withLock { state in
      if state == .shown { Self.write("\r" + Self.eraseRestOfLine) }
      state = .over
    }
  }

  private static let eraseRestOfLine = "\u{1B}[K"

  private static var columns: Int {
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  private static func write(_ text: String) { try? Output.standardError.write(text) }
}
