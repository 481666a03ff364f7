// SPDX-License-Identifier: Apache-2.0

import Dispatch
import SocketSend
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The part of Dispatch that watches descriptors and the time. It opens three descriptors when a process first needs it: an epoll,
/// an eventfd and a timerfd. Without the first two Dispatch ends the process (SIGILL), and without the third no time-out comes.
enum DispatchEvents {
  /// The queue of all wait handlers, which are short. A global queue now and then opens a file in /proc, and ends the process
  /// (SIGILL) if no descriptor is free. A queue of its own also always gets a thread.
  static let queue = DispatchQueue(label: "SocketSendAsync")

  private static let isRunning = Atomic<Bool>(false)
  private static let wasTried = Atomic<Bool>(false)
  private static let starting = Locked(())

  /// Makes waits possible if nobody tried before. Every async send calls this at its start, since descriptors may be scarce by the
  /// time it waits. A process that is short of descriptors pays for the attempt once.
  static func startEarly() {
    if !wasTried.load(ordering: .relaxed) { _ = start() }
  }

  /// Makes waits possible: every wait calls this first. Returns 0, or EMFILE, ENFILE or ENOMEM if descriptors cannot be opened.
  /// After the first 0 every answer is 0 and costs one load.
  static func start() -> CInt {
    if isRunning.load(ordering: .acquiring) { return 0 }
    return starting.withLock { _ in
      if isRunning.load(ordering: .relaxed) { return 0 }
      wasTried.store(true, ordering: .relaxed)
      let error = errorOfReserving()
      if error != 0 { return error }
      if !openDescriptors() { return EMFILE }
      isRunning.store(true, ordering: .releasing)
      return 0
    }
  }

  /// How many descriptors have to be free at the start. Dispatch takes three. The rest covers descriptors that other threads open in
  /// the about 0.1 ms between this check and Dispatch's calls.
  private static let reserve = 32

  /// Opens as many descriptors as the start takes, and closes them. Returns 0, or why there are not so many.
  private static func errorOfReserving() -> CInt {
    var reserved: [CInt] = []
    defer { for descriptor in reserved { close(descriptor) } }
    while reserved.count < reserve {
      // Every process has a root directory. A sandbox may forbid opening it, which says nothing about the limits.
      // Invariant: the path is a constant of the program.
      let descriptor = unsafe open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      let error = errno
      if descriptor >= 0 {
        reserved.append(descriptor)
      } else if error != EINTR {
        return [EMFILE, ENFILE, ENOMEM].contains(error) ? error : 0
      }
    }
    return 0
  }

  /// Lets Dispatch open its descriptors, and waits until it has. Returns false if it could not.
  private static func openDescriptors() -> Bool {
    // Dispatch opens its timerfd for a timer that is not due yet. This timer never is.
    let never = DispatchSource.makeTimerSource(queue: queue)
    never.schedule(deadline: .now() + .seconds(100 * 366 * 86_400))
    never.activate()
    defer { never.cancel() }
    // When the first timer has fired, `never` is next, so Dispatch arms its timerfd before the second timer fires.
    return waitForTimer() && waitForTimer()
  }

  /// Waits for a timer of 0.1 ms. Returns false if it does not fire within 5 s because other threads took the descriptors. A later
  /// call tries again.
  private static func waitForTimer() -> Bool {
    let fired = DispatchSemaphore(value: 0)
    let timer = DispatchSource.makeTimerSource(queue: queue)
    timer.setEventHandler { fired.signal() }
    timer.schedule(deadline: .now() + .microseconds(100), leeway: .nanoseconds(0))
    timer.activate()
    defer { timer.cancel() }
    return fired.wait(timeout: .now() + .seconds(5)) == .success
  }
}
