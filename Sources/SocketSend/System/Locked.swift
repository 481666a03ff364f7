// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

/// A value that one thread at a time can use.
///
/// It is a pthread mutex and not `Synchronization.Mutex`, whose contended path ThreadSanitizer does not see: it would report a
/// race at everything that is guarded so.
@safe package final class Locked<Value>: @unchecked Sendable {
  /// Invariant: both are initialized in `init` and stay until `deinit`, when nobody holds the mutex, as every holder has a reference. The
  /// value is used by the thread that holds the mutex alone. It is in this memory and not in a property, whose every use the runtime would
  /// check for exclusive access, some 100 instructions.
  private let mutex: UnsafeMutablePointer<Platform.Mutex>
  private let value: UnsafeMutablePointer<Value>

  package init(_ value: sending Value) {
    unsafe mutex = .allocate(capacity: 1)
    unsafe pthread_mutex_init(mutex, nil)
    unsafe self.value = .allocate(capacity: 1)
    unsafe self.value.initialize(to: value)
  }

  deinit {
    unsafe value.deinitialize(count: 1)
    unsafe value.deallocate()
    unsafe pthread_mutex_destroy(mutex)
    unsafe mutex.deallocate()
  }

  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    unsafe pthread_mutex_lock(mutex)
    defer { unsafe pthread_mutex_unlock(mutex) }
    return unsafe body(&value.pointee)
  }
}
