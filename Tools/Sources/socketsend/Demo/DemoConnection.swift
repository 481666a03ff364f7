// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// A connection to a receiver process of its own.
final class DemoConnection {
  struct Lost: Error, CustomStringConvertible {
    var description: String
  }

  let socket: Socket
  private let transport: Transport
  private let receiver: ReceiverProcess
  /// Where the receiver's Unix socket stands.
  private let directory: PrivateDirectory?
  private var messagesSent = 0
  private var messagesAcknowledged = 0

  init(over transport: Transport) throws {
    self.transport = transport
    directory = transport == .unix ? try PrivateDirectory() : nil
    switch transport {
    case .tcp:
      receiver = try ReceiverProcess(.tcp)
      socket = try Endpoint(receiver.ready.address).connect()
    case .unix:
      receiver = try ReceiverProcess(.unix, options: ["--path", directory!.path + "/receiver"])
      socket = try Endpoint(receiver.ready.address).connect()
    case .udp:
      // Bound first: the receiver takes datagrams of this port alone.
      socket = try Socket(.ipv4, .datagram)
      try socket.bind(to: .ipv4("127.0.0.1", port: 0))
      receiver = try ReceiverProcess(.udp, options: ["--sender-port", String(try socket.localAddress.port!)])
      try socket.connect(to: try Endpoint(receiver.ready.address).address())
    }
  }

  /// Sends the list whole.
  func send(_ list: [ArraySegment<UInt8>]) throws {
    if transport == .udp { try waitForWindow() }
    _ = try socket.send(list)
    messagesSent += 1
  }

  private func waitForWindow() throws {
    while messagesSent - messagesAcknowledged >= receiver.ready.window {
      let bytes = try socket.receive(upTo: 100)
      guard let count = DatagramFlow.messages(in: bytes) else {
        throw Lost(description: "an acknowledgement was no number")
      }
      messagesAcknowledged = count
    }
  }

  /// Ends the connection in order; gives what the receiver received.
  func finish() throws -> ByteDigest {
    if transport == .udp {
      _ = try socket.send([[]])
    } else {
      try socket.shutdown(.send)
    }
    return try receiver.digest()
  }
}
