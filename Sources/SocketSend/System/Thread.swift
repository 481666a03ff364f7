// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Starts a thread that runs `body`. All signals but those of its own faults stay with the program's own threads. Returns false if the
/// system has no thread left.
package func startDetachedThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  var all = sigset_t()
  var before = sigset_t()
  var attributes = pthread_attr_t()
  var thread = pthread_t()
  let context = unsafe Unmanaged.passRetained(ThreadBody(run: body))
  // Invariant: each pointer is to a variable of this function, which the calls use until they return. The thread takes the one
  // reference to the body.
  unsafe sigfillset(&all)
  for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS] { unsafe sigdelset(&all, fault) }
  unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
  unsafe pthread_attr_init(&attributes)
  unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
  let error = unsafe pthread_create(
    &thread, &attributes,
    { context in
      let body = unsafe Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue()
      body.run()
      return nil
    }, context.toOpaque())
  unsafe pthread_attr_destroy(&attributes)
  unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
  if error != 0 { unsafe context.release() }
  return error == 0
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
