// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Ends a run from outside: when a signal asks for it, or when its time is over.
struct RunWatch {
  private static let signals: [(number: Int32, outcome: Outcome)] = [(SIGINT, .interrupted), (SIGTERM, .terminated)]

  /// They watch as long as they are kept.
  private var sources: [any DispatchSourceProtocol] = []

  init(_ run: SendRun) {
    for (number, outcome) in Self.signals { watch(for: number) { run.stop(outcome) } }
    if let deadline = run.deadline { watch(for: deadline) { run.expire() } }
  }

  private mutating func watch(for number: Int32, _ handler: @escaping @Sendable () -> Never) {
    // A program that was started with the signal ignored (nohup, a script's background job) goes on ignoring it.
    if ignoresSignal(number) { return }
    // The source gets it in its stead.
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
    source.setEventHandler {
      // Should the end take long (a terminal that is held), a second signal ends the program at once.
      for (number, _) in Self.signals { signal(number, SIG_DFL) }
      handler()
    }
    source.resume()
    sources.append(source)
  }

  private mutating func watch(for deadline: ContinuousClock.Instant, _ handler: @escaping @Sendable () -> Never) {
    let timer = DispatchSource.makeTimerSource(queue: .global())
    timer.setEventHandler { handler() }
    let nanoseconds = Int(max(0, ContinuousClock.now.duration(to: deadline).seconds) * 1e9)
    timer.schedule(deadline: .now() + .nanoseconds(nanoseconds), leeway: .milliseconds(1))
    timer.resume()
    sources.append(timer)
  }

  private func ignoresSignal(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    // The handler's address, compared as a number, since functions have no equality; SIG_IGN is 1.
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }
}
