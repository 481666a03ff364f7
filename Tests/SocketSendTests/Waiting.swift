// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// An operation that waits for something which does not happen. The tests of the async and of the blocking forms say how to run it.
enum Waiting: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case accept, acceptUnix, connect, connectUnix, receive, receiveInto, receiveFrom, receiveMessage, receiveRecord

  static var receives: [Waiting] { [.receive, .receiveInto, .receiveFrom, .receiveMessage, .receiveRecord] }

  var testDescription: String { rawValue }

  /// What `close()` makes of it.
  var codeAfterClose: SocketError.Code {
    switch self {
    case .receiveFrom, .receiveMessage, .receiveRecord: .interrupted
    default: .connectionAborted
    }
  }

  /// The socket, and what has to stay meanwhile: the full listener of a connect, the peer of a connected socket.
  func prepare() throws -> (socket: Socket, others: [Socket]) {
    func connected(_ pair: ConnectedPair) -> (Socket, [Socket]) { (pair.receiver, [pair.sender]) }
    switch self {
    case .accept: return (try listener(.ipv4), [])
    case .acceptUnix: return (try listener(.unix), [])
    case .connect, .connectUnix:
      let family: SocketFamily = self == .connect ? .ipv4 : .unix
      let (full, clients) = try fullListener(family)
      return (try Socket(family, .stream), [full] + clients)
    case .receive: return connected(try StreamKind.tcp.pair())
    case .receiveInto: return connected(try StreamKind.unix.pair())
    case .receiveFrom: return (try boundUDP(), [])
    case .receiveMessage: return connected(try unixPair(.datagram))
    case .receiveRecord: return connected(try unixPair(.sequencedPacket))
    }
  }
}

func listener(_ family: SocketFamily, backlog: Int32 = 128) throws -> Socket {
  let listener = try Socket(family, .stream)
  try listener.bind(to: family == .unix ? abstractAddress() : loopback(family))
  try listener.listen(backlog: backlog)
  return listener
}

/// A listener whose queue is full. What would be the first packet of the next TCP connection is dropped, and a connect to a Unix listener
/// gets EAGAIN.
func fullListener(_ family: SocketFamily) throws -> (listener: Socket, clients: [Socket]) {
  let full = try listener(family, backlog: 0)
  let clients = try (0..<4).map { _ in try Socket(family, .stream) }
  for client in clients {
    try client.setBlocking(false)
    try? connectHere(client, to: full.localAddress)
  }
  return (full, clients)
}
