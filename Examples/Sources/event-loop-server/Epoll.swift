// SPDX-License-Identifier: Apache-2.0

import CEpoll
import Foundation
import SocketSend

/// The events of many descriptors. They are edge-triggered: each change is reported once.
struct Epoll: ~Copyable {
  struct Event {
    let descriptor: CInt
    /// There may be bytes, a connection or the end of the stream to receive.
    let mayReceive: Bool
    let maySend: Bool
  }

  private let number: CInt
  private var room = [epoll_event](repeating: epoll_event(), count: 256)

  init() throws(SocketError) {
    number = epoll_create1(CInt(EPOLL_CLOEXEC))
    if number < 0 { throw SocketError(errno: errno) }
  }

  deinit { close(number) }

  /// Watches a descriptor until it is closed.
  func watch(_ descriptor: CInt) throws(SocketError) {
    var event = epoll_event()
    event.events = EPOLLIN.rawValue | EPOLLRDHUP.rawValue | EPOLLOUT.rawValue | EPOLLET.rawValue
    event.data.fd = descriptor
    if epoll_ctl(number, EPOLL_CTL_ADD, descriptor, &event) != 0 { throw SocketError(errno: errno) }
  }

  /// Waits for events, for that time at most. Returns the events that came, perhaps none.
  mutating func wait(atMost time: Duration) throws(SocketError) -> [Event] {
    let milliseconds = CInt((time / .milliseconds(1)).rounded(.up))
    let count = epoll_wait(number, &room, CInt(room.count), milliseconds)
    if count < 0, errno != EINTR { throw SocketError(errno: errno) }
    return room.prefix(max(0, Int(count))).map(Self.event)
  }

  /// After an error or a hang-up, both receiving and sending say which.
  private static func event(_ event: epoll_event) -> Event {
    let broken = EPOLLERR.rawValue | EPOLLHUP.rawValue
    return Event(
      descriptor: event.data.fd,
      mayReceive: event.events & (EPOLLIN.rawValue | EPOLLRDHUP.rawValue | broken) != 0,
      maySend: event.events & (EPOLLOUT.rawValue | broken) != 0)
  }
}
