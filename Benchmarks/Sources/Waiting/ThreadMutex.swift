// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The lock that a C program has. Swift's `Mutex` is no baseline: on Linux it inherits priorities, and hands over to the longest
/// waiter, which takes 15 times as long under contention.
final class ThreadMutex: @unchecked Sendable {
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  init() {
    mutex = .allocate(capacity: 1)
    pthread_mutex_init(mutex, nil)
  }

  deinit {
    pthread_mutex_destroy(mutex)
    mutex.deallocate()
  }

  func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body()
  }
}
