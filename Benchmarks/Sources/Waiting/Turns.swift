// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend
import SocketSendAsync
import Synchronization

/// How 16 senders share one connection.
enum Sharing: String, CaseIterable {
  case mutex = "threads, a mutex around SocketDescriptor.send"
  case threads = "threads on one Socket"
  case actor = "tasks, an actor around SocketDescriptor.send"
  case tasks = "tasks on one Socket"
}

enum Turns {
  private static let senders = 16
  private static let list: [ArraySegment<UInt8>] = [[1, 2, 3], ArraySegment([UInt8](repeating: 7, count: 200))]

  /// Each of 16 senders sends `times` short lists. Prints the elapsed time and the longest waits of single sends: the 99th percentile
  /// and the maximum, in milliseconds.
  static func measure(_ sharing: Sharing, times: Int) async throws {
    let (socket, other) = try Socket.pair()
    let reader = PeerReader(other, pauseMicroseconds: 0)
    let start = ContinuousClock.now
    let waits: [Double]
    switch sharing {
    case .mutex:
      let mutex = ThreadMutex()
      waits = await inThreads(times) { try mutex.withLock { try socket.descriptor.send(list) } }
    case .threads: waits = await inThreads(times) { try socket.send(list) }
    case .actor:
      let actor = Guarded(socket.descriptor)
      waits = try await inTasks(times) { try await actor.send(list) }
    case .tasks: waits = try await inTasks(times) { try await socket.send(list) }
    }
    let elapsed = start.duration(to: .now) / .seconds(1)
    socket.close()
    try reader.join()
    print(elapsed, waits.quantile(0.99), waits.max() ?? 0)
    exit(0)
  }

  private actor Guarded {
    private let descriptor: SocketDescriptor
    init(_ descriptor: SocketDescriptor) { self.descriptor = descriptor }
    func send(_ list: [ArraySegment<UInt8>]) throws -> Int { try sendBlocking(list, on: descriptor) }
  }

  private static func inThreads(_ times: Int, _ send: @escaping @Sendable () throws -> Int) async -> [Double] {
    let waits = Collected()
    await withTaskGroup { group in
      for _ in 0..<senders {
        group.addTask {
          await onThread {
            var mine: [Double] = []
            for _ in 0..<times {
              let start = ContinuousClock.now
              do { _ = try send() } catch { fatalError("\(error)") }
              mine.append(start.duration(to: .now) / .milliseconds(1))
            }
            waits.all.withLock { $0 += mine }
          }
        }
      }
    }
    return waits.all.withLock { $0 }
  }

  private static func inTasks(_ times: Int, _ send: @escaping @Sendable () async throws -> Int) async throws -> [Double] {
    try await withThrowingTaskGroup { group in
      for _ in 0..<senders {
        group.addTask {
          var mine: [Double] = []
          for _ in 0..<times {
            let start = ContinuousClock.now
            _ = try await send()
            mine.append(start.duration(to: .now) / .milliseconds(1))
          }
          return mine
        }
      }
      return try await group.reduce(into: []) { $0 += $1 }
    }
  }
}

private final class Collected: Sendable {
  let all = Mutex<[Double]>([])
}

private func sendBlocking(_ list: [ArraySegment<UInt8>], on descriptor: SocketDescriptor) throws -> Int {
  try descriptor.send(list)
}

private final class Body: Sendable {
  let run: @Sendable () -> Void
  init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on a thread of its own.
func onThread(_ body: @escaping @Sendable () -> Void) async {
  await withCheckedContinuation { continuation in
    let context = Unmanaged.passRetained(
      Body {
        body(); continuation.resume()
      })
    var thread = pthread_t()
    pthread_create(
      &thread, nil,
      { context in
        Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    pthread_detach(thread)
  }
}
