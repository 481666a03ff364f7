// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// What the receiver process says first, as a line of JSON on its standard output. The second and last line is the
/// `ByteDigest` of what arrived.
struct ReceiverReady: Codable, Sendable {
  /// Where it listens.
  var address: String
  /// For datagrams: how many may be on the way unacknowledged without one being lost.
  var window: Int
}

/// The flow of datagrams. UDP drops what finds no room at the receiver, so the sender stops at a window of messages, and the
/// receiver acknowledges twice a window with the count of messages it has taken. An empty datagram is the end.
enum DatagramFlow {
  /// More than the kernel sets aside for one of the demo's messages (64 KiB and its own structures).
  private static let bytesKeptPerMessage = 128 << 10
  /// Linux gives less where `net.core.rmem_max` is less.
  private static let receiveBuffer = 8 << 20

  /// Makes room on a receiving socket; returns the window.
  static func makeRoom(on socket: Socket) throws -> Int {
    try socket.setOption(.receiveBufferSize, to: receiveBuffer)
    return max(1, try socket.option(.receiveBufferSize) / bytesKeptPerMessage)
  }

  static func isAcknowledged(message: Int, window: Int) -> Bool {
    message.isMultiple(of: max(1, window / 2))
  }

  static func acknowledgement(of messages: Int) -> [ArraySegment<UInt8>] {
    [Array(String(messages).utf8)[...]]
  }

  static func messages(in acknowledgement: [UInt8]) -> Int? {
    Int(String(decoding: acknowledgement, as: UTF8.self))
  }
}
