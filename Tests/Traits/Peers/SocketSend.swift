// SPDX-License-Identifier: Apache-2.0
// What the uses of the documents' blocks send, and who receives it. Compiled into each of them.

import Dispatch
import SocketSend
import Synchronization

/// The other side of a send: works on a thread of its own, as the block under test may block.
final class Peer: Sendable {
  private let received = Mutex<[UInt8]?>(nil)
  private let finished = DispatchSemaphore(value: 0)

  init(_ receive: @escaping @Sendable () throws -> [UInt8]) {
    DispatchQueue.global().async { [self] in
      let bytes = try? receive()
      received.withLock { $0 = bytes }
      finished.signal()
    }
  }

  /// What it received, once it is done; nil where it failed.
  var bytes: [UInt8]? {
    finished.wait()
    defer { finished.signal() }
    return received.withLock { $0 }
  }

  var text: String { bytes.map(text(of:)) ?? "the peer failed" }
}

/// All that arrives at a stream until its end.
@Sendable func whole(_ socket: Socket) throws(SocketError) -> [UInt8] {
  var bytes: [UInt8] = []
  while true {
    let piece = try socket.receive(upTo: 1 << 16)
    if piece.isEmpty { return bytes }
    bytes += piece
  }
}

func text(of bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

func segments(_ texts: String...) -> [ArraySegment<UInt8>] { texts.map { Array($0.utf8)[...] } }

/// More than any socket takes at once, and no two segments alike.
let large = (0..<100).map { [UInt8](repeating: $0, count: 100_000) }

/// Whether all of `large` arrives that `send` sends.
@MainActor func arrivesWhole(_ send: @MainActor ([ArraySegment<UInt8>], Socket) async throws -> Void) async throws -> Bool {
  let (socket, other) = try Socket.pair()
  let peer = Peer { try whole(other) }
  try await send(large.map { $0[...] }, socket)
  socket.close()
  return peer.bytes == Array(large.joined())
}

func listening(at address: SocketAddress) throws(SocketError) -> Socket {
  let socket = try Socket(address.family, .stream)
  try socket.bind(to: address)
  try socket.listen()
  return socket
}

/// Gets every datagram to this port of localhost, whether that is 127.0.0.1 or ::1.
func datagrams(at port: UInt16) throws(SocketError) -> Socket {
  for address in [try SocketAddress.ipv6("::", port: port), try .ipv4("127.0.0.1", port: port)] {
    if let socket = try? Socket(address.family, .datagram), (try? socket.bind(to: address)) != nil { return socket }
  }
  fatalError("no socket to be had at port \(port)")
}

/// Connects as soon as somebody listens there.
@Sendable func connecting(to address: SocketAddress) throws(SocketError) -> Socket {
  while true {
    let socket = try Socket(address.family, .stream)
    do throws(SocketError) {
      try socket.connect(to: address)
      return socket
    } catch {
      if error.code != .connectionRefused { throw error }
    }
  }
}
