// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Synchronization

// One try of each operation, without waiting. Async operations, and blocking ones with a time-out, make these tries and wait between them.
// Where the plain call would wait, a try throws EAGAIN. Exceptions: `beginConnecting` returns false while the connection is being made (and
// throws EAGAIN only if a Unix listener's queue is full), and `acceptNow` waits if the descriptor is in blocking mode.

extension SocketDescriptor {
  package func receiveNow(upTo count: Int, isStream: Bool) throws(SocketError) -> [UInt8] {
    try orEnd([], isStream: isStream) { () throws(SocketError) in
      try SystemCalls.receive(rawValue, upTo: count, isStream: isStream, flags: CInt(MSG_DONTWAIT))
    }
  }

  package func receiveNow(into buffer: inout [UInt8], isStream: Bool) throws(SocketError) -> Int {
    try orEnd(0, isStream: isStream) { () throws(SocketError) in
      try SystemCalls.receive(rawValue, into: &buffer, flags: CInt(MSG_DONTWAIT))
    }
  }

  package func receiveFromNow(
    upTo count: Int, isStream: Bool
  ) throws(SocketError) -> (bytes: [UInt8], sender: SocketAddress) {
    try orEnd(([], .unnamed), isStream: isStream) { () throws(SocketError) in
      try SystemCalls.receiveFrom(rawValue, upTo: count, isStream: isStream, flags: CInt(MSG_DONTWAIT))
    }
  }

  /// Returns what `receive` returns, or `end` if receiving was shut down on a message socket and no message is left. In this case, a
  /// receive that waits returns no bytes. A receive that does not wait gets EAGAIN from Linux, while poll goes on reporting data.
  private func orEnd<Result>(
    _ end: Result, isStream: Bool, _ receive: () throws(SocketError) -> Result
  ) throws(SocketError) -> Result {
    do throws(SocketError) {
      return try receive()
    } catch {
      if error.errno != EAGAIN || isStream || !SystemCalls.hasEndedReceiving(rawValue) { throw error }
    }
    do throws(SocketError) {
      // A message may have come just before the end.
      return try receive()
    } catch {
      if error.errno != EAGAIN { throw error }
      return end
    }
  }

  /// As ``Socket/beginConnecting(to:)``. The mode is non-blocking for the time of the system call.
  fileprivate func beginConnecting(to address: SocketAddress) throws(SocketError) -> Bool {
    // If the socket is connected, connect says so without waiting, and the sends of other threads need the mode as it is.
    let isConnected = (try? SystemCalls.peerAddress(of: rawValue)) != nil
    let changesMode = isConnected ? false : try !SystemCalls.isNonblocking(rawValue)
    if changesMode { try SystemCalls.setNonblocking(rawValue, true) }
    defer { if changesMode { try? SystemCalls.setNonblocking(rawValue, false) } }
    do throws(SocketError) {
      try SystemCalls.connect(rawValue, to: address)
      return true
    } catch {
      guard error.errno == EINPROGRESS else { throw error }
      return false
    }
  }

  /// Returns if the connection is made. Throws EAGAIN while it is still being made, and the error if it failed. This polls by itself, so
  /// it may be called after any wait.
  package func finishConnecting(to address: SocketAddress) throws(SocketError) {
    try SystemCalls.finishConnecting(rawValue, to: address)
  }
}

extension Socket {
  /// Takes the next connection. Skips the errors of a client that left while it was in the queue, as accept(2) advises. If the descriptor
  /// is in blocking mode, this waits for a connection. Otherwise it throws EAGAIN if there is none.
  package func acceptNow() throws(SocketError) -> Socket {
    let number = descriptor.rawValue
    while true {
      do throws(SocketError) {
        return Socket(adopting: SocketDescriptor(rawValue: try SystemCalls.accept(number)))
      } catch {
        // Linux answers EAGAIN on a Unix listener in non-blocking mode that was shut down.
        if error.errno == EAGAIN, SystemCalls.hasEndedReceiving(number) { throw SocketError(errno: EINVAL) }
        if !Self.errorsOfOneClient.contains(error.errno) { throw error }
        // FreeBSD answers ECONNABORTED once to an accept on a listener that is closed meanwhile. The next accept would wait for ever.
        if isClosed { throw SocketError(errno: closedMeanwhile) }
      }
    }
  }

  private static var errorsOfOneClient: [CInt] {
    [ECONNABORTED, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH]
  }

  /// Sets the peer of a datagram socket. That never waits, so the mode stays, which other threads may need as it is. EAGAIN says that no
  /// port is free for the socket. No event tells when one is.
  package func setPeer(_ address: SocketAddress) throws(SocketError) {
    try using { number throws(SocketError) in try SystemCalls.connect(number, to: address) }
  }

  /// Begins to connect a stream, without waiting. Returns true if the connection is made. Returns false if it is still being made: then
  /// ``SocketDescriptor/finishConnecting(to:)`` says how that ended.
  package func beginConnecting(to address: SocketAddress) throws(SocketError) -> Bool {
    // Without the lock, a thread that has connected could set blocking mode just before another thread's connect call, which would then
    // wait.
    let isConnected = try withMode { () throws(SocketError) in try descriptor.beginConnecting(to: address) }
    life.forgetSendShutDown()
    return isConnected
  }

  /// Runs `body`, which reads or sets the descriptor's mode, while no other thread runs a body of this socket. `body` does not wait.
  func withMode<Value>(_ body: () throws(SocketError) -> Value) throws(SocketError) -> Value {
    try life.alone { Result { () throws(SocketError) in try body() } }.get()
  }

  /// Puts the descriptor of a listening socket into non-blocking mode, where it stays. ``isBlocking`` does not change. If the socket is not
  /// listening, this throws what accept would answer, and the mode stays.
  package func ensureNonblockingListener() throws(SocketError) {
    if isKeptNonblocking.load(ordering: .relaxed) { return }
    let number = descriptor.rawValue
    if try SystemCalls.isNonblocking(number) { return }
    guard try SocketOption.acceptsConnections.value(of: number) else {
      throw SocketError(errno: kind == .datagram ? EOPNOTSUPP : EINVAL)
    }
    _ = try keepNonblocking()
  }

  /// Puts the descriptor into non-blocking mode, if the user's mode is blocking. Returns whether the mode was changed. With `forFiles`, the
  /// descriptor stays in non-blocking mode until ``endNonblocking()``, also if another thread sets blocking mode.
  func keepNonblocking(forFiles: Bool = false) throws(SocketError) -> Bool {
    try withMode { () throws(SocketError) in
      if isKeptNonblocking.load(ordering: .relaxed) { return false }
      let isNonblocking = try SystemCalls.isNonblocking(descriptor.rawValue)
      filesNeedNonblocking.store(forFiles, ordering: .relaxed)
      if isNonblocking { return false }
      // The flag is set before the mode changes, so that an operation that gets EAGAIN because of the change finds the flag set.
      isKeptNonblocking.store(true, ordering: .relaxed)
      do throws(SocketError) {
        try SystemCalls.setNonblocking(descriptor.rawValue, true)
      } catch {
        isKeptNonblocking.store(false, ordering: .relaxed)
        filesNeedNonblocking.store(false, ordering: .relaxed)
        throw error
      }
      return true
    }
  }

  /// Gives the descriptor the user's mode again, after a send of files.
  func endNonblocking() {
    try? withMode { () throws(SocketError) in
      if !filesNeedNonblocking.exchange(false, ordering: .relaxed) { return }
      if Platform.socketsStayNonblocking || !isKeptNonblocking.load(ordering: .relaxed) { return }
      try SystemCalls.setNonblocking(descriptor.rawValue, false)
      isKeptNonblocking.store(false, ordering: .relaxed)
    }
  }
}
