// SPDX-License-Identifier: Apache-2.0

import Dispatch
import SocketSend
import Synchronization

/// Waiting for room in a socket without a thread: Dispatch's write source watches the descriptor, a timer the time.
/// Call `DispatchEvents.start()` first; it must have returned 0.
enum RoomWait {
  /// Returns once the socket may have room, or was shut down, or `nanoseconds` passed, or the task was cancelled. The next send
  /// finds out which. Returns whether Dispatch reported room.
  ///
  /// When it returns Dispatch no longer watches the descriptor, so the descriptor may be closed.
  static func untilRoom(on descriptor: SocketDescriptor, atMost nanoseconds: Int64) async -> Bool {
    let queue = DispatchEvents.queue
    let source = Shared(DispatchSource.makeWriteSource(fileDescriptor: descriptor.rawValue, queue: queue))
    let timer = Shared(DispatchSource.makeTimerSource(queue: queue))
    let sawRoom = Flag()
    // Whatever ends the wait cancels the source.
    source.value.setEventHandler {
      sawRoom.raise()
      source.value.cancel()
    }
    timer.value.setEventHandler { source.value.cancel() }
    timer.value.schedule(deadline: .now() + .nanoseconds(Int(nanoseconds)), leeway: .nanoseconds(0))
    timer.value.activate()
    await untilCancelled(Shared(source.value))
    timer.value.cancel()
    return sawRoom.isRaised
  }

  /// Returns once `nanoseconds` passed, or the task was cancelled. `Task.sleep` uses another clock, for which Dispatch would open
  /// another descriptor.
  static func pause(for nanoseconds: Int64) async {
    let timer = Shared(DispatchSource.makeTimerSource(queue: DispatchEvents.queue))
    timer.value.setEventHandler { timer.value.cancel() }
    timer.value.schedule(deadline: .now() + .nanoseconds(Int(nanoseconds)), leeway: .nanoseconds(0))
    await untilCancelled(Shared(timer.value))
  }

  /// Activates the source and returns after its cancellation, by its handler or by the task. By then Dispatch has released the
  /// descriptor.
  private static func untilCancelled(_ source: Shared<any DispatchSourceProtocol>) async {
    let waiting = Locked<CheckedContinuation<Void, Never>?>(nil)
    source.value.setCancelHandler { waiting.withLock { $0 }?.resume() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        waiting.withLock { $0 = continuation }
        source.value.activate()
      }
    } onCancel: {
      source.value.cancel()
    }
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
