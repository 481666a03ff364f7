// SPDX-License-Identifier: Apache-2.0
// What the code in the tables of the porting article uses. `run` compiles it with the rows, each of which gets one of its own.

import Glibc
import SocketSend
import SocketSendAsync

final class Row: @unchecked Sendable {
  /// Connected, with bytes to receive.
  let socket: Socket
  private let peer: Socket
  /// Has connections to accept.
  let listener: Socket
  private let clients: [Socket]
  /// Connected, with datagrams to receive.
  let udp: Socket
  private let sender: Socket
  let new: Socket
  let ipv6: Socket

  let list: [ArraySegment<UInt8>] = [[1, 2], [3]]
  let bytes: [UInt8] = [4, 5, 6, 7]
  var buffer: [UInt8] = [0, 0]
  private(set) var error = SocketError(errno: ETIMEDOUT, bytesSent: 8)

  /// The listener's.
  let address: SocketAddress
  let host = "localhost"
  let port: UInt16
  /// A file with some bytes.
  let path: String
  let group: SocketAddress
  /// The network interface that every system has.
  let index = if_nametoindex("lo")
  /// A descriptor that nobody owns.
  let descriptor: SocketDescriptor

  init() throws {
    let listener = try Socket(.ipv4, .stream)
    try listener.bind(to: .loopback(port: 0))
    try listener.listen()
    let address = try listener.localAddress
    func connect() throws -> Socket {
      let client = try Socket(.ipv4, .stream)
      try client.connect(to: address)
      return client
    }
    peer = try connect()
    socket = try listener.accept()
    _ = try peer.send([UInt8](repeating: 9, count: 100))
    clients = try [connect(), connect()]
    self.listener = listener
    self.address = address
    port = address.port!

    udp = try Socket(.ipv4, .datagram)
    sender = try Socket(.ipv4, .datagram)
    for socket in [udp, sender] { try socket.bind(to: .loopback(port: 0)) }
    try udp.connect(to: sender.localAddress)
    for byte in 1...3 as ClosedRange<UInt8> { _ = try sender.send([byte], to: udp.localAddress) }

    new = try Socket(.ipv4, .stream)
    ipv6 = try Socket(.ipv6, .datagram)
    group = try .ipv4("239.255.0.1", port: 0)
    descriptor = SocketDescriptor(rawValue: dup(peer.descriptor.rawValue))

    var name = Array("/tmp/socketsend-row-XXXXXX\0".utf8CString)
    let file = mkstemp(&name)
    guard file >= 0, write(file, bytes, bytes.count) == bytes.count else { throw SocketError(errno: errno) }
    close(file)
    path = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { unlink(path) }

  /// Brings about what the .NET column of the row names.
  func cause(_ dotnet: String) async throws {
    if let failure = failure(dotnet) {
      do throws(SocketError) { try failure() } catch { self.error = error }
    } else if dotnet == "OperationCanceledException" {
      let task = Task { await errorOfCancelledSend() }
      task.cancel()
      error = await task.value
    }
  }

  private func errorOfCancelledSend() async -> SocketError {
    while !Task.isCancelled { await Task.yield() }
    do throws(SocketError) {
      _ = try await socket.send(list)
      return SocketError(code: .success)
    } catch {
      return error
    }
  }

  /// What fails with the error of the row; nil where the row is of no error.
  private func failure(_ dotnet: String) -> (() throws(SocketError) -> Void)? {
    switch dotnet {
    case "Connect with Blocking false":
      return { () throws(SocketError) in
        let client = try Socket(.ipv4, .stream)
        try client.setBlocking(false)
        try client.connect(to: self.address)
      }
    case "SocketErrorCode": return { () throws(SocketError) in _ = try self.ipv6.receive(upTo: 1, timeout: .zero) }
    case "ArgumentException":
      return { () throws(SocketError) in _ = try self.socket.send([] as [ArraySegment<UInt8>]) }
    case "ObjectDisposedException":
      return { () throws(SocketError) in
        self.socket.close()
        _ = try self.socket.send(self.list)
      }
    case "InvalidOperationException": return { () throws(SocketError) in _ = try self.new.accept() }
    default: return nil
    }
  }
}

/// A comparison in a row that is false.
struct Untrue: Error {}
