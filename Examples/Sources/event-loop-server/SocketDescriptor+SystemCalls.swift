// SPDX-License-Identifier: Apache-2.0

import Foundation
import SocketSend

/// The system calls of the loop. None of them waits.
extension SocketDescriptor {
  /// The next connection of a listener in non-blocking mode; nil if there is none.
  func nextConnection() throws(SocketError) -> SocketDescriptor? {
    while true {
      let number = accept(rawValue, nil, nil)
      if number >= 0 { return SocketDescriptor(rawValue: number) }
      switch errno {
      case EAGAIN: return nil
      case EINTR, ECONNABORTED, EPROTO: continue  // The client left the queue.
      default: throw SocketError(errno: errno)
      }
    }
  }

  /// Up to 16 KiB of what has arrived; nil if nothing has, no bytes at the end of the stream.
  func arrivedBytes() throws(SocketError) -> [UInt8]? {
    var result = -1
    var failure: CInt = EINTR
    let bytes = [UInt8](unsafeUninitializedCapacity: 16384) { room, filled in
      while result < 0, failure == EINTR {
        result = recv(rawValue, room.baseAddress, room.count, CInt(MSG_DONTWAIT))
        failure = errno
      }
      filled = max(0, result)
    }
    if result >= 0 { return bytes }
    if failure == EAGAIN { return nil }
    throw SocketError(errno: failure)
  }

  /// Sends the end of the stream.
  func endSending() { shutdown(rawValue, CInt(SHUT_WR)) }

  func release() { close(rawValue) }
}
