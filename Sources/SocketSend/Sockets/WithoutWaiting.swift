// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Synchronization

// What the suspending operations do with a socket: each call answers at once, with EAGAIN where the blocking one would wait.

extension SocketDescriptor {
  package func receiveNow(upTo count: Int, isStream: Bool) throws(SocketError) -> [UInt8] {
    try SystemCalls.receive(rawValue, upTo: count, isStream: isStream, flags: CInt(MSG_DONTWAIT))
  }

  package func receiveNow(into buffer: inout [UInt8]) throws(SocketError) -> Int {
    try SystemCalls.receive(rawValue, into: &buffer, flags: CInt(MSG_DONTWAIT))
  }

  package func receiveFromNow(
    upTo count: Int, isStream: Bool
  ) throws(SocketError) -> (bytes: [UInt8], sender: SocketAddress) {
    try SystemCalls.receiveFrom(rawValue, upTo: count, isStream: isStream, flags: CInt(MSG_DONTWAIT))
  }

  /// Returns true if the connection is made, false if it is being made: then ``finishConnecting()`` says how that ended.
  package func beginConnecting(to address: SocketAddress, isDatagram: Bool) throws(SocketError) -> Bool {
    if isDatagram {
      // It never waits, and others may use the socket meanwhile in the mode that it has.
      try SystemCalls.establish(rawValue, to: address)
      return true
    }
    let isNonblocking = try SystemCalls.isNonblocking(rawValue)
    if !isNonblocking { try SystemCalls.setNonblocking(rawValue, true) }
    defer { if !isNonblocking { try? SystemCalls.setNonblocking(rawValue, false) } }
    do throws(SocketError) {
      try SystemCalls.establish(rawValue, to: address)
      return true
    } catch {
      guard error.errno == EINPROGRESS else { throw error }
      return false
    }
  }

  /// Call this when the socket reported room, an error or a hang-up.
  package func finishConnecting() throws(SocketError) { try SystemCalls.finishConnecting(rawValue) }

  /// Takes the next connection. The errors of one that broke while it was in the queue are skipped, as accept(2) advises.
  package func acceptNow() throws(SocketError) -> SocketDescriptor {
    while true {
      do throws(SocketError) {
        return SocketDescriptor(rawValue: try SystemCalls.acceptConnection(rawValue))
      } catch {
        if !Self.errorsOfOneClient.contains(error.errno) { throw error }
      }
    }
  }

  private static var errorsOfOneClient: [CInt] {
    [ECONNABORTED, EPROTO, ENOPROTOOPT, ENETDOWN, ENETUNREACH, EHOSTDOWN, EHOSTUNREACH]
  }
}

extension Socket {
  /// Puts the socket into non-blocking mode, unless this did so before.
  package func ensureNonblocking() throws(SocketError) {
    if isKeptNonblocking.load(ordering: .relaxed) { return }
    try SystemCalls.setNonblocking(descriptor.rawValue, true)
    isKeptNonblocking.store(true, ordering: .relaxed)
  }
}
