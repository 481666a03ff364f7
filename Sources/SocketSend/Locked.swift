// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A value that one thread at a time can use.
///
/// It is a pthread mutex and not `Synchronization.Mutex`, whose contended path ThreadSanitizer does not see: it would report a
/// race at everything that is guarded so.
@safe package final class Locked<Value>: @unchecked Sendable {
  /// Invariant: used by the thread that holds the mutex alone.
  private var value: Value
  /// Invariant: initialized in `init`, where it stays until `deinit`; nobody holds it then, as every holder has a reference.
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>

  package init(_ value: sending Value) {
    self.value = value
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
  }

  deinit {
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return body(&value)
  }
}
