// SPDX-License-Identifier: Apache-2.0

import CSocketEvents

/// Waits for changes of a socket by edge-triggered epoll. An error condition that lasts makes every poll answer at once, but ends only one
/// wait of this kind.
final class ChangeWatch {
  // Invariant: the descriptors are open from the end of `socket_events_open` to `deinit`.
  private let events: socket_events

  /// Watches for `Platform.data`, for `Platform.room`, or with 0 for neither. Error conditions are watched for in every case. Nil if the
  /// system refuses, and where it has no epoll: there no error condition lasts.
  init?(_ descriptor: CInt, for event: CInt) {
    guard Platform.hasErrorQueue else { return nil }
    var events = socket_events()
    // Invariant: the functions use their pointers until they return.
    if unsafe socket_events_open(&events) != 0 { return nil }
    self.events = events
    let what = event == Platform.data ? SOCKET_EVENT_DATA : event == Platform.room ? SOCKET_EVENT_ROOM : 0
    if unsafe socket_events_arm(&events, descriptor, UInt32(what), 1, 0, UInt64(descriptor)) != 0 { return nil }
  }

  deinit {
    // Invariant: the function uses the pointer until it returns.
    unsafe withUnsafePointer(to: events) { unsafe socket_events_close($0) }
  }

  /// Waits for the next change. The first call returns at once if the socket has an event now. Returns false after a signal, and once the
  /// time is over.
  func next(nanoseconds: UInt64) -> Bool {
    unsafe withUnsafeTemporaryAllocation(of: socket_event.self, capacity: Int(SOCKET_EVENTS_MOST)) { room in
      // Invariant: the room is as large as the function demands, and the function uses both pointers until it returns.
      unsafe withUnsafePointer(to: events) {
        unsafe socket_events_await($0, room.baseAddress, Int64(clamping: nanoseconds))
      } > 0
    }
  }
}
