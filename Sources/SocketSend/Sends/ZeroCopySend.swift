// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// One send by zero copy. The caller has the socket's turn to send until `run` returns.
///
/// Each system call that took bytes is worth one notification. The kernel puts it into the socket's error queue once it has let go of the
/// memory, and may join notifications into one for a range of calls. Only the holder of the turn sends by this library. So the
/// notifications that come are taken to be for this list, and are counted.
struct ZeroCopySend: ~Copyable {
  private var cursor: SendCursor
  private let socket: Socket
  private let address: SocketAddress?
  private let deadline: Deadline
  private var outcome = SendOutcome()
  /// How many system calls have had no notification yet.
  private var outstanding = 0
  private var wasCopied = false
  /// Whether the kernel makes notifications for this socket. If not, the error queue must not be read: a Unix socket ignores MSG_ERRQUEUE,
  /// so that the call would take a message that is there to be received.
  private var isNotified = false

  /// How long the call waits for the kernel after a connection was aborted, or after the time for a datagram has passed. The kernel usually
  /// needs microseconds. If it still has the memory after this time, the list is kept for the life of the process.
  private static let graceNanoseconds: Int64 = 5_000_000_000
  private static let mostAborts: Int64 = 50

  init(_ cursor: consuming SendCursor, on socket: Socket, to address: SocketAddress?, until deadline: Deadline) {
    self.cursor = cursor
    self.socket = socket
    self.address = address
    self.deadline = deadline
  }

  /// Sends the list and waits until the kernel has let go of its memory.
  consuming func run() -> (outcome: SendOutcome, wasCopied: Bool) {
    guard let flag = Platform.zeroCopy, !cursor.hasFiles, cursor.bytesLeft > 0,
      !socket.owesNotifications.load(ordering: .relaxed), SystemCalls.enableZeroCopy(socket.descriptor.rawValue)
    else {
      offerAll(flags: 0)
      return (outcome, true)
    }
    isNotified = true
    // Notifications that are there now are for sends by the program's own code, which passed MSG_ZEROCOPY itself.
    collectNotifications()
    (outstanding, wasCopied) = (0, false)
    offerAll(flags: flag)
    if Self.needsCopy(outcome.errno) {
      wasCopied = true
      offerAll(flags: 0)
    }
    if awaitRelease() { return (outcome, wasCopied) }
    let result = (outcome, wasCopied)
    keepForEver()
    return result
  }

  /// Whether a send with a copy may succeed after this error. ENOBUFS: the kernel has no memory for a notification, or may not lock more
  /// memory. EMSGSIZE: the message has too many segments. EOPNOTSUPP: TLS in the kernel.
  private static func needsCopy(_ errno: CInt) -> Bool { [ENOBUFS, EMSGSIZE, EOPNOTSUPP].contains(errno) }

  private consuming func keepForEver() {
    final class Keeper {
      let cursor: SendCursor
      init(_ cursor: consuming SendCursor) { self.cursor = cursor }
    }
    // The notifications that still come would be counted for the next list.
    socket.owesNotifications.store(true, ordering: .relaxed)
    // Invariant: nobody releases the keeper, so what the list owns stays as it is. Memory of buffer pointers is not the list's.
    _ = unsafe Unmanaged.passRetained(Keeper(cursor))
  }
}

// MARK: Sending

extension ZeroCopySend {
  /// Offers the list until all of it was sent, an error or the deadline ends that, or the socket is closed.
  private mutating func offerAll(flags: CInt) {
    var wait = BlockingWait(for: Platform.room, until: deadline)
    while true {
      // Notifications in the queue would end each wait for room at once.
      collectNotifications()
      let sent = offer(flags: flags)
      if cursor.isFinished || ![0, EAGAIN, EINPROGRESS].contains(outcome.errno) { return }
      if socket.isClosed { return outcome.errno = socket.closedMeanwhile }
      if sent { wait = BlockingWait(for: Platform.room, until: deadline) }
      if outcome.errno == 0 && !deadline.isPassed { continue }
      // No port is free. The socket is not full, so a wait for room would not help.
      if outcome.bytesSent == 0, !socket.isStream, socket.descriptor.lacksPort { return }
      if !waitOnce(by: &wait) { return }
      outcome.waits += 1
    }
  }

  /// Makes one offer. Returns whether the kernel took something.
  private mutating func offer(flags: CInt) -> Bool {
    let answer = cursor.offerOnce(on: socket.descriptor, of: socket, flags: flags, to: address).outcome
    outcome.bytesSent += answer.bytesSent
    outcome.systemCalls += answer.systemCalls
    outcome.errno = answer.errno
    if flags != 0, answer.bytesSent > 0 { outstanding += 1 }
    return answer.bytesSent > 0
  }

  /// Waits once. If the time is over, writes that to the outcome and returns false.
  private mutating func waitOnce(by wait: inout BlockingWait) -> Bool {
    do throws(SocketError) {
      try wait.next(on: socket.descriptor.rawValue)
      return true
    } catch {
      outcome.errno = error.errno
      outcome.isOwnTimeout = error.isOwnTimeout
      return false
    }
  }
}

// MARK: The kernel's notifications

extension ZeroCopySend {
  /// Waits until the kernel has let go of the memory. If the deadline passes or the socket is closed before that, aborts the connection of
  /// a stream: the kernel would keep the memory until the peer acknowledges the bytes. Returns false if the kernel has not let go after
  /// `graceNanoseconds` more.
  private mutating func awaitRelease() -> Bool {
    if awaitNotifications(until: deadline, isEndedByClose: true) { return true }
    if outcome.errno == 0 {
      let isClosed = socket.isClosed
      outcome.isOwnTimeout = !isClosed
      outcome.errno = isClosed ? socket.closedMeanwhile : ETIMEDOUT
    }
    // Some kernels (Linux 6.4 to 6.6) abort no connection on which another thread waits. The first try ends that wait.
    for _ in 0..<Self.mostAborts {
      if socket.isStream { socket.abortConnection() }
      if awaitNotifications(until: Deadline(in: Self.graceNanoseconds / Self.mostAborts), isEndedByClose: false) {
        return true
      }
    }
    return false
  }

  /// Waits until every system call has had its notification. Returns false if the deadline passed, or the socket was closed and
  /// `isEndedByClose` is true.
  private mutating func awaitNotifications(until deadline: Deadline, isEndedByClose: Bool) -> Bool {
    var wait = BlockingWait(for: 0, until: deadline)
    while true {
      if collectNotifications() { wait = BlockingWait(for: 0, until: deadline) }
      // Checked before the count: closing aborts the connection, and the kernel then notifies of bytes that the peer never got.
      if isEndedByClose, socket.isClosed { return false }
      if outstanding <= 0 { return true }
      do throws(SocketError) { try wait.next(on: socket.descriptor.rawValue) } catch { return false }
      outcome.waits += 1
    }
  }

  /// Empties the error queue and counts the notifications in it. Returns whether there was one.
  @discardableResult
  private mutating func collectNotifications() -> Bool {
    var isAny = false
    if !isNotified { return false }
    while let entry = SystemCalls.nextError(socket.descriptor.rawValue) {
      guard let notification = ZeroCopyNotification(control: entry) else { continue }
      outstanding -= notification.count
      if notification.wasCopied { wasCopied = true }
      isAny = true
    }
    return isAny
  }
}
