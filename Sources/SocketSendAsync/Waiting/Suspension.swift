// SPDX-License-Identifier: Apache-2.0

/// A suspended task, which is resumed once. Only a debug build checks that: the check costs 60 bytes and about 500 instructions a wait.
/// Use ThreadSanitizer with a debug build: in a release build, it reports a race inside the unchecked continuation.
@safe struct Suspension: Sendable {
  #if DEBUG
    private let continuation: CheckedContinuation<Void, Never>

    /// Suspends the task until `resume()`, which `body` may call itself.
    static func wait(_ body: (Suspension) -> Void) async {
      await withCheckedContinuation { body(Suspension(continuation: $0)) }
    }

    func resume() { continuation.resume() }
  #else
    private let continuation: UnsafeContinuation<Void, Never>

    /// Suspends the task until `resume()`, which `body` may call itself.
    static func wait(_ body: (Suspension) -> Void) async {
      // Invariant: whoever resumes the task does so once; see the callers of `resume()`.
      await unsafe withUnsafeContinuation { body(unsafe Suspension(continuation: $0)) }
    }

    func resume() { unsafe continuation.resume() }
  #endif
}
