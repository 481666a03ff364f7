// SPDX-License-Identifier: Apache-2.0
import CSendShim
import CWaiting
import Foundation
import Glibc
import SocketSend

/// A bare wait with Swift's concurrency: `sendmsg`, a continuation that a thread in `epoll_wait` resumes, and `sendmsg`. There is no list,
/// no lock, no deadline, and no close to watch for.
extension OneSend {
  /// Sends a list of `bytes` bytes `calls` times. Each time the socket has room for a part, and the reader makes room for the rest.
  @inline(never)
  static func sendBare(_ bytes: Int, on descriptor: CInt, calls: Int) async -> Int {
    let room = Room(of: descriptor)
    let list = [UInt8](repeating: 7, count: bytes)
    var sent = 0
    for _ in 0..<calls {
      var done = 0
      while done < bytes {
        done += sendPart(of: list, from: done, on: descriptor)
        if done < bytes { await room.wait() }
      }
      sent += done
    }
    return sent
  }

  private static func sendPart(of list: [UInt8], from start: Int, on descriptor: CInt) -> Int {
    // Invariant: the vector is within the array, and the call ends before the array may change.
    unsafe list.withUnsafeBytes { bytes in
      var vector = unsafe iovec(
        iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress! + start), iov_len: bytes.count - start)
      var message = unsafe msghdr()
      return unsafe withUnsafeMutablePointer(to: &vector) { pointer in
        unsafe message.msg_iov = pointer
        unsafe message.msg_iovlen = 1
        return unsafe max(0, sendmsg(descriptor, &message, CInt(MSG_DONTWAIT)))
      }
    }
  }
}

/// Room in a socket, as a thread in `epoll_wait` sees it.
@safe private final class Room: @unchecked Sendable {
  private let descriptor: CInt
  private let epoll: CInt
  /// Invariant: set before the event is asked for, and read by the thread after the event, so one thread at a time uses it.
  private var waiter: UnsafeContinuation<Void, Never>?

  init(of descriptor: CInt) {
    self.descriptor = descriptor
    epoll = waiting_open_epoll(descriptor)
    Thread.detachNewThread {
      while true {
        waiting_await(self.epoll)
        unsafe self.waiter!.resume()
      }
    }
  }

  func wait() async {
    await unsafe withUnsafeContinuation { continuation in
      unsafe waiter = continuation
      waiting_arm(epoll, descriptor)
    }
  }
}
