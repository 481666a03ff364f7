// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

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

/// Runs a task on the main thread, so that no thread of Swift's concurrency begins.
final class MainThread: TaskExecutor {
  private let jobs = Locked<[UnownedJob]>([])
  private let isDone = Atomic<Bool>(false)

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
  }

  /// Returns once `body` has.
  func run(_ body: @escaping @Sendable () async -> Void) {
    Task(executorPreference: self) {
      await body()
      self.isDone.store(true, ordering: .releasing)
    }
    while !isDone.load(ordering: .acquiring) {
      if let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
        job.runSynchronously(on: asUnownedTaskExecutor())
      } else {
        usleep(200)
      }
    }
  }
}

/// A thread that returns a number.
final class Thread: Sendable {
  private let result: Atomic<Int>
  private let work: @Sendable () -> Int

  init(_ work: @escaping @Sendable () -> Int) {
    result = Atomic(-1)
    self.work = work
    let thread = UnsafeMutablePointer<Platform.ThreadNumber>.allocate(capacity: 1)
    defer { thread.deallocate() }
    let created = pthread_create(
      thread, nil,
      { argument in
        Thread.run(argument)
        return argument
      }, Unmanaged.passRetained(self).toOpaque())
    if created != 0 { fail("no thread: \(created)") }
    Thread.detach(thread.pointee)
  }

  /// Whether the argument and the thread's number are optional differs between systems.
  private static func run(_ argument: UnsafeMutableRawPointer?) {
    let this = Unmanaged<Thread>.fromOpaque(argument!).takeRetainedValue()
    this.result.store(this.work(), ordering: .releasing)
  }

  private static func detach(_ thread: pthread_t?) { pthread_detach(thread!) }

  func join() -> Int {
    while result.load(ordering: .acquiring) < 0 { usleep(200) }
    return result.load(ordering: .acquiring)
  }
}

/// A time in which this process can open only so many descriptors.
struct Shortage {
  private let taken: [CInt]

  init(leaving free: Int) {
    let most: rlim_t = 256
    var limit = rlimit(rlim_cur: most, rlim_max: most)
    if setrlimit(descriptors, &limit) != 0 { fail("setrlimit: \(errno)") }
    var taken: [CInt] = []
    while case let number = open("/dev/null", O_RDONLY | O_CLOEXEC), number >= 0 { taken.append(number) }
    if taken.count < free { fail("\(taken.count) descriptors, not \(free)") }
    for _ in 0..<free { close(taken.removeLast()) }
    self.taken = taken
  }

  func end() {
    for number in taken { close(number) }
  }
}

#if canImport(Glibc) && os(Linux)
  private let descriptors = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
#else
  private let descriptors = RLIMIT_NOFILE
#endif
