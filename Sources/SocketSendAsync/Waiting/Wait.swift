// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// What a task waits for.
enum WaitReason: Sendable {
  /// The socket may have room for more bytes.
  case room
  /// The socket may have bytes, a connection to accept, or the end of the stream.
  case data
  /// No event of the system ends the wait: its deadline, a cancellation, a close, a shutdown or `SocketEvents.end(_:)` does.
  case noEvent
}

/// What a task waits for, and for how long.
struct WaitPlan {
  var reason: WaitReason
  /// When the wait ends at the latest, on the monotonic clock; `UInt64.max` is never.
  var deadline = UInt64.max
  /// The socket's error queue is not empty, so epoll would report an error at once, every time. The socket is watched for changes
  /// instead, and an error alone does not end the wait.
  var isForChanges = false
  /// The socket is also looked at now and then: Linux has no event for a Unix stream of which one direction was shut down.
  var isSwept = false
}

/// Why a wait ended.
enum WaitEnd: Sendable, Equatable {
  /// What the task waits for may be there.
  case ready
  /// The socket has an error, or an entry in its error queue, and nothing else.
  case errorAlone
  case timeOut
  /// The task was cancelled.
  case cancelled
  /// This program closed the socket, or shut it down.
  case closed
  /// The system cannot watch the descriptor.
  case failed(errno: CInt)
  /// The event came, and the event thread tried again what the task waits for.
  case retried
}

/// A wait of one task. It ends once, and may then begin again.
///
/// Invariant: a thread reads or writes the mutable members in two situations only. Either it holds the lock of the table, or it has taken
/// the wait out of the table and has not resumed the task yet.
class Wait: @unchecked Sendable {
  /// -1 for a wait on no socket: that of a host look-up.
  let descriptor: CInt
  /// The socket that the descriptor belongs to, whose closing ends the wait; nil for a caller's descriptor.
  let socket: Socket?
  var plan: WaitPlan
  /// Whether the event thread may call `retry()` when the event comes. It does so if no other wait ended at the same time, and resumes
  /// the task if `retry()` returns nil.
  let mayRetry: Bool

  /// nil until the wait has ended.
  var end: WaitEnd?
  /// The task was cancelled, perhaps while the wait was not in the table.
  var isCancelled = false
  var suspension: Suspension?
  /// The next wait on the same descriptor.
  var next: Wait?
  /// The place in the heap of deadlines; -1 outside.
  var placeInHeap = -1

  init(_ plan: WaitPlan, on descriptor: CInt, of socket: Socket? = nil, mayRetry: Bool = false) {
    self.descriptor = descriptor
    self.socket = socket
    self.plan = plan
    self.mayRetry = mayRetry
  }

  /// Tries once what the task waits for, without waiting. Returns how to wait further, or nil if the task is to go on.
  func retry() -> WaitPlan? { nil }

  var deadline: UInt64 { plan.deadline }

  /// The events to watch for.
  var events: Events {
    switch plan.reason {
    case .room: .room
    case .data: .data
    case .noEvent: []
    }
  }

  /// How these events end the wait; nil where they do not.
  func end(by events: Events) -> WaitEnd? {
    switch plan.reason {
    case .noEvent: return nil
    case .room where events.contains(.room): return .ready
    case .data where events.contains(.data): return .ready
    default:
      if events.contains(.hangUp) { return .ready }
      return events.contains(.error) && !plan.isForChanges ? .errorAlone : nil
    }
  }
}

/// The waits on one descriptor, from one of them on.
struct WaitChain: Sequence, IteratorProtocol {
  private var rest: Wait?

  init(rest: Wait?) { self.rest = rest }

  mutating func next() -> Wait? {
    defer { rest = rest?.next }
    return rest
  }
}
