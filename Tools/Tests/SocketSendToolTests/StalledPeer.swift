// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

@testable import socketsend

/// A server that takes one connection and reads nothing until it is asked to.
struct StalledPeer {
  let address: SocketAddress
  private let connection: BlockingWork<Socket>

  /// At a port of the system's choice.
  init() throws { try self.init(at: .ipv4("127.0.0.1", port: 0)) }

  init(at address: SocketAddress) throws {
    let listener = try Socket(address.family, .stream)
    try listener.bind(to: address)
    try listener.listen()
    self.address = try listener.localAddress
    connection = BlockingWork { try listener.accept() }
  }

  /// Returns once bytes have arrived and for 200 ms no more do: a sender of more than the buffers hold waits then.
  func waitUntilFull() throws {
    let socket = try connection.value()
    var (arrived, since) = (CInt(0), ContinuousClock.now)
    while arrived == 0 || since.duration(to: .now) < .milliseconds(200) {
      var now: CInt = 0
      if ioctl(socket.descriptor.rawValue, UInt(FIONREAD), &now) != 0 { throw SystemError(errno: errno) }
      if now != arrived { (arrived, since) = (now, .now) }
      usleep(5000)
    }
  }

  /// Reads to the end; gives how many bytes came.
  func countBytes() throws -> Int {
    let socket = try connection.value()
    var count = 0
    while case let bytes = try socket.receive(upTo: 256 << 10), !bytes.isEmpty { count += bytes.count }
    return count
  }

  /// Reads to the end, and closes: a tool that has sent everything ends with 0.
  func receivedToTheEnd() throws -> [UInt8] {
    let socket = try connection.value()
    defer { socket.close() }
    var bytes: [UInt8] = []
    while case let part = try socket.receive(upTo: 256 << 10), !part.isEmpty { bytes += part }
    return bytes
  }

  /// Returns once the sender has shut its side down, with what it sent unread, and then closes: on TCP the sender gets a reset.
  func resetAfterTheEnd() throws {
    let socket = try connection.value()
    let readHangup: Int16 = 0x2000  // POLLRDHUP
    var event = pollfd(fd: socket.descriptor.rawValue, events: readHangup, revents: 0)
    while poll(&event, 1, -1) < 0, errno == EINTR {}
    socket.close()
  }
}
