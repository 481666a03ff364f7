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

/// Starts a thread that runs `body`. The thread blocks all signals except those of its own faults (SIGSEGV and the like), so the program's
/// other threads get them. Returns false if the system has no thread left.
package func startDetachedThread(_ body: @escaping @Sendable () -> Void) -> Bool {
  var all = sigset_t()
  var before = sigset_t()
  // Invariant: each pointer is to a variable of this function, which the calls use until they return.
  unsafe sigfillset(&all)
  for fault in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGSYS] { unsafe sigdelset(&all, fault) }
  unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
  defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
  let body = unsafe Unmanaged.passRetained(ThreadBody(run: body))
  let isStarted = unsafe startThread(body.toOpaque())
  if !isStarted { unsafe body.release() }
  return isStarted
}

/// Invariant: `context` is a retained body. The new thread takes that reference.
@unsafe private func startThread(_ context: UnsafeMutableRawPointer) -> Bool {
  let attributes = UnsafeMutablePointer<Platform.ThreadAttributes>.allocate(capacity: 1)
  let thread = UnsafeMutablePointer<Platform.ThreadNumber>.allocate(capacity: 1)
  defer {
    unsafe attributes.deallocate()
    unsafe thread.deallocate()
  }
  unsafe pthread_attr_init(attributes)
  defer { unsafe pthread_attr_destroy(attributes) }
  unsafe pthread_attr_setdetachstate(attributes, CInt(PTHREAD_CREATE_DETACHED))
  // Nobody reads what a detached thread returns. It returns a pointer, since Android does not let it return nil.
  let error = unsafe pthread_create(
    thread, attributes,
    { context in
      unsafe runBody(context)
      return unsafe context
    }, context)
  return error == 0
}

/// On some systems the type of the context that a thread is given is optional.
@unsafe private func runBody(_ context: UnsafeMutableRawPointer?) {
  unsafe Unmanaged<ThreadBody>.fromOpaque(context!).takeRetainedValue().run()
}

private final class ThreadBody: Sendable {
  let run: @Sendable () -> Void

  init(run: @escaping @Sendable () -> Void) { self.run = run }
}
