// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// What the stress counts, and what it found wrong.
final class Findings: Sendable {
  let sends = Atomic<Int>(0)
  /// Sends that ended early with part of their list, and those that ended with none of it.
  let cutShort = Atomic<Int>(0)
  let refused = Atomic<Int>(0)
  let timeOuts = Atomic<Int>(0)
  let endedByClose = Atomic<Int>(0)
  let closes = Atomic<Int>(0)
  let shutdowns = Atomic<Int>(0)
  let opened = Atomic<Int>(0)
  let bytesRead = Atomic<Int>(0)
  /// Rounds of senders, and of descriptors opened by others, in which everything was as it should be.
  let passed = Atomic<Int>(0)
  let failed = Atomic<Int>(0)
  private let messages = Locked<[String]>([])

  /// Counts a round by what is wrong with it, if anything is.
  func note(_ complaints: [String], in round: String) {
    if complaints.isEmpty {
      passed.add(1, ordering: .relaxed)
      return
    }
    failed.add(1, ordering: .relaxed)
    messages.withLock { messages in
      if messages.count < 20 { messages.append("\(round): \(complaints.prefix(3).joined(separator: "; "))") }
    }
  }

  /// Counts one send by its end.
  func count(_ end: SendEnd) {
    sends.add(1, ordering: .relaxed)
    guard let error = end.error else { return }
    if error.bytesSent > 0 { cutShort.add(1, ordering: .relaxed) } else { refused.add(1, ordering: .relaxed) }
    switch error.code {
    case .timedOut: timeOuts.add(1, ordering: .relaxed)
    case .closed, .connectionAborted, .interrupted: endedByClose.add(1, ordering: .relaxed)
    default: break
    }
  }

  var firstMessages: [String] { messages.withLock { $0 } }

  var summary: String {
    func value(_ counter: borrowing Atomic<Int>) -> Int { counter.load(ordering: .relaxed) }
    return """
      sends \(value(sends)), of these cut short \(value(cutShort)), refused \(value(refused)), timed out \(value(timeOuts)), \
      ended by close \(value(endedByClose))
      closes \(value(closes)), shutdowns \(value(shutdowns)), descriptors opened by others \(value(opened)), \
      bytes read and compared \(value(bytesRead))
      """
  }
}
