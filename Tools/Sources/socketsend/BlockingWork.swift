// SPDX-License-Identifier: Apache-2.0
import Foundation
import Synchronization

/// Work that blocks in system calls, on a thread of its own: Swift concurrency's threads are too few to wait on sockets.
final class BlockingWork<Value: Sendable>: Sendable {
  private let outcome = Mutex<Result<Value, any Error>?>(nil)
  private let isDone = DispatchSemaphore(value: 0)

  init(_ work: @escaping @Sendable () throws -> Value) {
    Thread.detachNewThread {
      let result = Result { try work() }
      self.outcome.withLock { $0 = result }
      self.isDone.signal()
    }
  }

  /// Waits until the work is done, and gives what it gave.
  func value() throws -> Value {
    isDone.wait()
    isDone.signal()  // for the next who asks
    return try outcome.withLock { $0! }.get()
  }
}
