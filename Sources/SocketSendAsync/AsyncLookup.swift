// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

extension SocketAddress {
  /// The addresses of the host with this name, in the order in which the system would try them.
  ///
  /// The system's look-up blocks, so a separate thread makes it while the task is suspended. A numeric address needs no thread.
  ///
  /// - Parameters:
  ///   - host: A name, or a numeric address.
  ///   - port: The port of each address.
  ///   - family: Addresses of this family only; nil for both.
  /// - Throws: As the blocking form; ``/SocketSend/SocketError/Code/operationAborted`` with errno `ECANCELED` if the task was
  ///   cancelled. The look-up then goes on by itself, and its answer is dropped.
  ///
  /// The corresponding C function is `getaddrinfo`, and the .NET member is `Dns.GetHostAddressesAsync`.
  public static func lookUp(
    host: String, port: UInt16, family: SocketFamily? = nil
  ) async throws(SocketError) -> [SocketAddress] {
    try await lookUp(host: host, port: port, family: family, until: .never)
  }

  static func lookUp(
    host: String, port: UInt16, family: SocketFamily?, until deadline: Deadline
  ) async throws(SocketError) -> [SocketAddress] {
    if let addresses = numeric(host, port: port, family: family) { return addresses }
    if Task.isCancelled { throw SocketError(errno: ECANCELED) }
    let events = SocketEvents.shared
    let errno = events.start()
    if errno != 0 { throw SocketError(errno: errno) }
    let answer = Locked<Result<[SocketAddress], SocketError>>(.failure(SocketError(errno: ECANCELED)))
    let wait = Wait(WaitPlan(reason: .noEvent, deadline: deadline.uptimeNanoseconds), on: -1)
    let isStarted = startDetachedThread {
      let found = Self.lookUpBlocking(host: host, port: port, family: family)
      answer.withLock { $0 = found }
      events.end(wait)
    }
    if !isStarted { throw SocketError(errno: ENOMEM) }
    switch await events.awaitEnd(of: wait) {
    case .ready: return try answer.withLock { $0 }.get()
    case .timeOut: throw .ownTimeout(bytesSent: 0)
    default: throw SocketError(errno: ECANCELED)
    }
  }

  private static func lookUpBlocking(
    host: String, port: UInt16, family: SocketFamily?
  ) -> Result<[SocketAddress], SocketError> {
    Result { () throws(SocketError) in try lookUp(host: host, port: port, family: family) }
  }
}
