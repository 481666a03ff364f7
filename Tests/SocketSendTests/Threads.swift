// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Starts a thread that runs `body`.
func startThread(
  _ attributes: UnsafePointer<Platform.ThreadAttributes>? = nil, _ body: @escaping @Sendable () -> Void
) -> pthread_t {
  let thread = UnsafeMutablePointer<Platform.ThreadNumber>.allocate(capacity: 1)
  defer { thread.deallocate() }
  let result = pthread_create(
    thread, attributes,
    { work in
      runWork(work)
      return work
    }, Unmanaged.passRetained(Work(run: body)).toOpaque())
  precondition(result == 0, "No thread to be had: \(result)")
  return certain(thread.pointee)
}

/// A thread's number is optional on some systems.
private func certain<Value>(_ value: Value?) -> Value { value! }

private func runWork(_ work: UnsafeMutableRawPointer?) {
  Unmanaged<Work>.fromOpaque(work!).takeRetainedValue().run()
}

private final class Work: Sendable {
  let run: @Sendable () -> Void
  init(run: @escaping @Sendable () -> Void) { self.run = run }
}

// MARK: What the system says of a thread

/// The system's number for this thread.
func threadNumber() -> Int {
  #if canImport(Darwin)
    var number: UInt64 = 0
    pthread_threadid_np(nil, &number)
    return Int(number)
  #elseif os(FreeBSD)
    return Int(pthread_getthreadid_np())
  #else
    return Int(gettid())
  #endif
}

/// A thread of this process, and what the system says of it.
struct RunningThread {
  let number = threadNumber()
  let thread: pthread_t = pthread_self()

  /// Whether it sleeps in the kernel just now. Where the system does not say it, as on FreeBSD without its `/proc`: no.
  var sleeps: Bool {
    #if canImport(Darwin)
      var information = thread_basic_info()
      let words = MemoryLayout<thread_basic_info>.size / MemoryLayout<integer_t>.size
      var count = mach_msg_type_number_t(words)
      let result = withUnsafeMutablePointer(to: &information) { information in
        information.withMemoryRebound(to: integer_t.self, capacity: words) {
          thread_info(pthread_mach_thread_np(thread), thread_flavor_t(THREAD_BASIC_INFO), $0, &count)
        }
      }
      return result == KERN_SUCCESS && information.run_state == TH_STATE_WAITING
    #else
      textOfFile("/proc/self/task/\(number)/stat")?.contains(") S ") ?? false
    #endif
  }

  /// Whether it sleeps in a system call that waits for room. Where the system does not name the call: whether it sleeps.
  var waitsForRoom: Bool {
    #if os(Linux) || os(Android)
      let call = textOfFile("/proc/self/task/\(number)/syscall")?.split(separator: " ").first.flatMap { Int($0) }
      return call.map(callsThatWaitForRoom.contains) ?? false
    #else
      return sleeps
    #endif
  }
}

#if arch(x86_64)
  /// `poll`, `ppoll`, `sendto`, `sendmsg`.
  private let callsThatWaitForRoom: Set = [7, 271, 44, 46]
#else
  /// `ppoll`, `sendto`, `sendmsg` of the processors that came later.
  private let callsThatWaitForRoom: Set = [73, 206, 211]
#endif

#if os(Linux) || os(Android)
  // The C library has it and its Swift module does not show it.
  @_silgen_name("gettid")
  private func gettid() -> pid_t
#endif
