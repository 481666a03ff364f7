// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// How one send ended.
struct SendEnd: Sendable {
  /// The bytes that went, on success and on failure.
  var bytesSent: Int
  var error: SocketError?
  var duration: Duration
  var finished = ContinuousClock.now

  var code: SocketError.Code? { error?.code }

  init(_ send: () throws(SocketError) -> Int) {
    let start = ContinuousClock.now
    do throws(SocketError) {
      bytesSent = try send()
    } catch {
      bytesSent = error.bytesSent
      self.error = error
    }
    finished = ContinuousClock.now
    duration = start.duration(to: finished)
  }
}

typealias Sender = OwnThread<SendEnd>

extension OwnThread where Value == SendEnd {
  /// Sends the list on a thread of its own.
  convenience init(_ list: [ArraySegment<UInt8>], on socket: Socket, flags: SocketFlags = []) {
    self.init { SendEnd { () throws(SocketError) in try socket.send(list, flags: flags) } }
  }

  /// Sends the list on a descriptor that somebody else keeps open, on a thread of its own.
  convenience init(_ list: [ArraySegment<UInt8>], on descriptor: SocketDescriptor, timeout: Duration? = nil) {
    self.init { SendEnd { () throws(SocketError) in try descriptor.send(list, timeout: timeout) } }
  }
}

/// Sends here, as nothing is to block: nil, or the error.
func errorOfSending(
  _ list: [ArraySegment<UInt8>] = [[1, 2, 3]], on socket: Socket, flags: SocketFlags = []
) -> SocketError? {
  SendEnd { () throws(SocketError) in try socket.send(list, flags: flags) }.error
}

/// Sends here by the form that blocks, for asynchronous tests, which cannot call it. The send must not have to wait.
func sendHere(
  _ list: [ArraySegment<UInt8>], on socket: Socket, to address: SocketAddress? = nil, flags: SocketFlags = []
) throws(SocketError) -> Int {
  if let address { return try socket.send(list, to: address, flags: flags) }
  return try socket.send(list, flags: flags)
}

/// Sends until the socket takes no more. Returns the bytes that went.
@discardableResult
func fill(_ socket: Socket, with list: [ArraySegment<UInt8>] = [[7]]) -> Int {
  untilRefused { () throws(SocketError) in try socket.send(list, flags: .doNotWait) }.bytesSent
}

/// Sends again and again until a send fails. TCP may refuse once and have room again a moment later, when what it had under
/// way reached the peer's buffer; since nobody reads, that comes to an end.
func untilRefused(_ send: () throws(SocketError) -> Int) -> (bytesSent: Int, error: SocketError) {
  var total = 0
  while true {
    let end = SendEnd(send)
    total += end.bytesSent
    if let error = end.error { return (total, error) }
  }
}
