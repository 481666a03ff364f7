// SPDX-License-Identifier: Apache-2.0

import CSocketEvents

/// The system's events, by the C module's epoll or kqueue.
struct SystemEvents: EventSystem {
  /// Invariant: the descriptors are open from `open()` to `close()`.
  private let events: socket_events

  struct Failure: Error {
    let errno: CInt
  }

  static var closed: SystemEvents { SystemEvents(events: socket_events(queue: -1, wakeup: -1)) }

  /// Returns an errno value, such as EMFILE, if the descriptors cannot be opened.
  static func open() -> Result<SystemEvents, Failure> {
    var events = socket_events()
    // Invariant: the function uses the pointer until it returns.
    let errno = unsafe socket_events_open(&events)
    return errno == 0 ? .success(SystemEvents(events: events)) : .failure(Failure(errno: errno))
  }

  func close() { unsafe withEvents { unsafe socket_events_close($0) } }

  func arm(_ descriptor: CInt, for events: Events, everyChange: Bool, isKnown: Bool, token: UInt64) -> CInt {
    unsafe withEvents {
      unsafe socket_events_arm($0, descriptor, events.rawValue, everyChange ? 1 : 0, isKnown ? 1 : 0, token)
    }
  }

  func forget(_ descriptor: CInt) { unsafe withEvents { unsafe socket_events_forget($0, descriptor) } }

  func wake() { unsafe withEvents { unsafe socket_events_wake($0) } }

  func hasEndedSending(_ descriptor: CInt) -> Bool { socket_events_has_ended_sending(descriptor) != 0 }

  /// Waits for events, at most that many nanoseconds; nil is for ever. Calls `body` with the events that came, perhaps none.
  func await(for nanoseconds: UInt64?, _ body: (Span<socket_event>) -> Void) {
    unsafe withUnsafeTemporaryAllocation(of: socket_event.self, capacity: Int(SOCKET_EVENTS_MOST)) { room in
      let time = nanoseconds.map { Int64(clamping: $0) } ?? -1
      // Invariant: the room is as large as the function demands, and it writes as many events as it returns.
      let count = unsafe withEvents { unsafe socket_events_await($0, room.baseAddress, time) }
      unsafe body(UnsafeBufferPointer(start: room.baseAddress, count: Int(count)).span)
    }
  }

  private func withEvents<Result>(_ body: (UnsafePointer<socket_events>) -> Result) -> Result {
    // Invariant: the functions use the pointer until they return.
    unsafe withUnsafePointer(to: events) { unsafe body($0) }
  }
}
