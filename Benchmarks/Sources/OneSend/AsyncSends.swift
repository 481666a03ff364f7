// SPDX-License-Identifier: Apache-2.0
import Dispatch
import SocketSend
import SocketSendAsync
import Synchronization

extension OneSend {
  /// Runs `body` as a task, and waits for it on this thread: valgrind fails in what an asynchronous main does at its end.
  static func runTask(_ body: @escaping @Sendable () async throws -> Int) throws -> Int {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<Result<Int, any Error>>(.success(0))
    Task.detached {
      let sent: Result<Int, any Error>
      do { sent = .success(try await body()) } catch { sent = .failure(error) }
      outcome.withLock { $0 = sent }
      done.signal()
    }
    done.wait()
    return try outcome.withLock { $0 }.get()
  }

  @inline(never)
  static func sendBySuspending(_ list: [ArraySegment<UInt8>], on socket: Socket, calls: Int) async throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try await socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendArraysBySuspending(_ list: [[UInt8]], on socket: Socket, calls: Int) async throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try await socket.send(list) }
    return sent
  }
}
