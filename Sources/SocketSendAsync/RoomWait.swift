// SPDX-License-Identifier: Apache-2.0

import Dispatch
import SocketSend
import Synchronization

/// Waiting for room in a socket without a thread: Dispatch's write source watches the descriptor, a timer the time.
enum RoomWait {
  /// Returns once the socket may have room, or was shut down, or `nanoseconds` passed, or the task was cancelled; what happened
  /// the next send says. The result is whether room was seen.
  ///
  /// When it returns Dispatch no longer watches the descriptor, so the descriptor may be closed.
  static func untilRoom(on descriptor: SocketDescriptor, atMost nanoseconds: Int64) async -> Bool {
    let queue = DispatchQueue.global()
    let source = Shared(DispatchSource.makeWriteSource(fileDescriptor: descriptor.rawValue, queue: queue))
    let timer = Shared(DispatchSource.makeTimerSource(queue: queue))
    let sawRoom = Flag()
    let waiting = Locked<CheckedContinuation<Void, Never>?>(nil)
    // Whatever ends the wait cancels the source. Its cancel handler runs once, after Dispatch has let go of the descriptor.
    source.value.setEventHandler {
      sawRoom.raise()
      source.value.cancel()
    }
    timer.value.setEventHandler { source.value.cancel() }
    source.value.setCancelHandler {
      timer.value.cancel()
      waiting.withLock { $0 }?.resume()
    }
    timer.value.schedule(deadline: .now() + .nanoseconds(Int(nanoseconds)), leeway: .nanoseconds(0))
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiting.withLock { $0 = continuation }
        timer.value.activate()
        source.value.activate()
      }
    } onCancel: {
      source.value.cancel()
    }
    return sawRoom.isRaised
  }
}

/// A Dispatch source, which any thread may use: its type only does not say so.
private struct Shared<Value>: @unchecked Sendable {
  /// Invariant: Dispatch's objects do their own locking.
  let value: Value

  init(_ value: Value) { self.value = value }
}

private final class Flag: Sendable {
  private let raised = Atomic<Bool>(false)

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() { raised.store(true, ordering: .releasing) }
}
