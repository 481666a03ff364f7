// SPDX-License-Identifier: Apache-2.0
import Testing

/// The suites that open sockets run one after the other. They measure time, take part in the reuse of descriptor numbers and
/// observe the sends of the whole process, in all of which a neighbour would disturb them.
@Suite("Sockets", .serialized, .watched) enum SocketTests {}

/// Ends the run, with the name of the test, where a test hangs: a call that blocks for ever cannot be cancelled, so the
/// time limit of Swift Testing would wait with it.
struct HangWatch: SuiteTrait, TestTrait, TestScoping {
  /// How long one test may take: `CHECK_LIMIT` seconds, or 120.
  private static let limit = Duration.seconds(getenv("CHECK_LIMIT").flatMap { Int(String(cString: $0)) } ?? 120)

  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    let done = Flag()
    defer { done.raise() }
    let name = test.displayName ?? test.name
    let deadline = ContinuousClock.now + Self.limit
    _ = OwnThread<Void>.looping(until: done) {
      if ContinuousClock.now > deadline { endRun("The test \"\(name)\" hangs") }
      usleep(20_000)
    }
    try await function()
  }
}

extension Trait where Self == HangWatch {
  static var watched: HangWatch { HangWatch() }
}

/// Ends the run as failed, at once.
func endRun(_ message: String) -> Never {
  var line = message + "\n"
  line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  _exit(EXIT_FAILURE)
}
