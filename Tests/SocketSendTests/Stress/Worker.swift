// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// A thread of the stress: it can be waited for by another thread, and says where it stands.
final class Worker: Sendable {
  private struct Standing {
    var place = "starts"
    var since = ContinuousClock.now
    var number = 0
    var isFinished = false
  }

  let name: String
  private let standing = Locked(Standing())
  private let thread = Locked<pthread_t?>(nil)

  /// Every worker that was not joined yet.
  private static let all = Locked<[ObjectIdentifier: Worker]>([:])

  init(_ name: String, _ work: @escaping @Sendable (Worker) -> Void) {
    self.name = name
    Self.all.withLock { $0[ObjectIdentifier(self)] = self }
    thread.withLock { thread in
      thread = startThread { [self] in
        standing.withLock { $0.number = threadNumber() }
        work(self)
        move("finished")
        standing.withLock { $0.isFinished = true }
      }
    }
  }

  /// Says what this thread does next.
  func move(_ place: String) {
    standing.withLock { standing in
      standing.place = place
      standing.since = .now
    }
  }

  var isFinished: Bool { standing.withLock { $0.isFinished } }

  /// Waits for the thread's end. To be called once.
  func join() {
    if let thread = thread.withLock({ $0 }) { pthread_join(thread, nil) }
    Self.all.withLock { $0[ObjectIdentifier(self)] = nil }
  }

  /// Ends the run, saying where each thread stands, if one of them has not moved for `time`.
  static func endRunIfOneStandsStill(for time: Duration = .seconds(20)) {
    let workers = all.withLock { Array($0.values) }
    let longest = workers.map { $0.stillFor }.max() ?? .zero
    if longest < time { return }
    let lines = workers.map(\.description).sorted().joined(separator: "\n")
    endRun("\(lines)\nstress: nothing moved for \(longest) in one of these threads")
  }

  private var stillFor: Duration {
    let standing = standing.withLock { $0 }
    return standing.isFinished ? .zero : standing.since.duration(to: .now)
  }

  /// The name, the place, and what the kernel says the thread does: its state, and the system call with its arguments.
  private var description: String {
    let standing = standing.withLock { $0 }
    let task = "/proc/self/task/\(standing.number)/"
    let state = textOfFile(task + "status")?.split(separator: "\n").first { $0.hasPrefix("State:") } ?? ""
    let call = textOfFile(task + "syscall")?.split(separator: "\n").first ?? ""
    return "  \(name): \(standing.place), for \(standing.since.duration(to: .now)); \(state), system call \(call)"
  }
}
