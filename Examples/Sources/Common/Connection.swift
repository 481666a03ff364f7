// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// A connection to a server: what is sent goes through ``socket``, answers are read by the line and by the byte.
public struct Connection {
  public let socket: Socket
  private var received: ArraySlice<UInt8> = []

  /// No server of these examples is silent for as long as this.
  private static let patience = Duration.seconds(20)

  public init(adopting socket: Socket) {
    self.socket = socket
    socket.sendTimeout = Self.patience
  }

  /// Connects to `host:port`, or to the Unix socket at a path that begins with `/`.
  public init(to address: String) throws {
    if address.hasPrefix("/") {
      let socket = try Socket(.unix, .stream)
      try socket.connect(to: .unix(path: address))
      self.init(adopting: socket)
    } else {
      guard let colon = address.lastIndex(of: ":"), let port = UInt16(address[address.index(after: colon)...]) else {
        throw Failure("'\(address)' is neither HOST:PORT nor /PATH")
      }
      self.init(adopting: try Socket.connected(toHost: String(address[..<colon]), port: port))
    }
  }

  /// The next line, without its end.
  public mutating func line() throws -> String {
    var searched = 0
    while true {
      if let end = received.dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) {
        var line = received[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        received = received[(end + 1)...]
        return String(decoding: line, as: UTF8.self)
      }
      searched = received.count
      try receiveMore()
    }
  }

  /// The next `count` bytes.
  public mutating func bytes(_ count: Int) throws -> ArraySlice<UInt8> {
    while received.count < count { try receiveMore() }
    let bytes = received.prefix(count)
    received = received.dropFirst(count)
    return bytes
  }

  private mutating func receiveMore() throws {
    let more = try socket.receive(upTo: 65536)
    guard !more.isEmpty else { throw Failure("the peer closed the connection") }
    if received.isEmpty { received = more[...] } else { received += more }
  }
}
