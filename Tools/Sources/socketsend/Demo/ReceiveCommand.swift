// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SocketSend

/// `socketsend receive`: the demo's receiver, a process of its own. It takes one connection, hashes all that arrives, and
/// ends.
struct Receive: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Receive and hash what the demo sends.", shouldDisplay: false)

  @Argument var transport: Transport

  @Option(help: "The path to listen at, for unix.")
  var path: String?

  @Option(help: "The sender's port on 127.0.0.1, for udp.")
  var senderPort: UInt16?

  func validate() throws {
    if transport == .unix, path == nil { throw ValidationError("unix needs --path.") }
    if transport == .udp, senderPort == nil { throw ValidationError("udp needs --sender-port.") }
  }

  func run() throws {
    endWithParent()
    switch transport {
    case .tcp: try receiveStream(.ipv4("127.0.0.1", port: 0))
    case .unix: try receiveStream(.unix(path: path!))
    case .udp: try receiveDatagrams(from: .ipv4("127.0.0.1", port: senderPort!))
    }
  }

  private func receiveStream(_ address: SocketAddress) throws {
    let listener = try Socket(address.family, .stream)
    try listener.bind(to: address)
    try listener.listen()
    try say(ReceiverReady(address: listener.localAddress.description, window: 0))
    let connection = try listener.accept()
    listener.close()
    let digest = try ByteDigest.Builder()
    while case let bytes = try connection.receive(upTo: 256 << 10), !bytes.isEmpty { try digest.add(bytes[...]) }
    try say(digest.digest())
  }

  private func receiveDatagrams(from sender: SocketAddress) throws {
    let socket = try Socket(.ipv4, .datagram)
    let window = try DatagramFlow.makeRoom(on: socket)
    try socket.bind(to: .ipv4("127.0.0.1", port: 0))
    try socket.connect(to: sender)  // what others send does not arrive
    try say(ReceiverReady(address: socket.localAddress.description, window: window))
    let digest = try ByteDigest.Builder()
    var messages = 0
    while case let bytes = try socket.receive(upTo: 64 << 10), !bytes.isEmpty {
      try digest.add(bytes[...])
      messages += 1
      if DatagramFlow.isAcknowledged(message: messages, window: window) {
        _ = try socket.send(DatagramFlow.acknowledgement(of: messages))
      }
    }
    try say(digest.digest())
  }

  private func say(_ message: some Encodable) throws {
    try FileHandle.standardOutput.write(contentsOf: try JSONEncoder().encode(message) + Data("\n".utf8))
  }

  /// Standard input is a pipe whose other end the demo holds: when the demo dies, so does this process.
  private func endWithParent() {
    Thread.detachNewThread {
      _ = try? FileHandle.standardInput.readToEnd()
      Foundation.exit(EXIT_FAILURE)
    }
  }
}
