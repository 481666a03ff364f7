// SPDX-License-Identifier: Apache-2.0
import CSendShim  // timeval belongs to this module if the compiler meets it here first
import SocketSend
import Testing

/// Two sockets connected to each other.
struct ConnectedPair: Sendable {
  let sender: Socket
  let receiver: Socket
}

enum StreamKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case tcp = "TCP"
  case unix = "Unix stream"

  var testDescription: String { rawValue }

  /// A connected pair, its buffers as small as asked.
  func pair(sendBuffer: Int? = nil, receiveBuffer: Int? = nil) throws -> ConnectedPair {
    switch self {
    case .tcp: try tcpPair(sendBuffer: sendBuffer, receiveBuffer: receiveBuffer)
    case .unix: try unixPair(.stream, sendBuffer: sendBuffer)
    }
  }

  /// A connected pair that holds a few KiB.
  func smallPair() throws -> ConnectedPair { try pair(sendBuffer: 8192, receiveBuffer: 8192) }
}

enum DatagramKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case udp = "UDP"
  case unix = "Unix datagram"
  case sequencedPacket = "Unix seqpacket"

  var testDescription: String { rawValue }

  /// A connected pair with room for a message of 64 KiB.
  func pair() throws -> ConnectedPair {
    switch self {
    case .udp: try udpPair()
    case .unix: try unixPair(.datagram)
    case .sequencedPacket: try unixPair(.sequencedPacket)
    }
  }
}

func tcpPair(
  sendBuffer: Int? = nil, receiveBuffer: Int? = nil, over family: SocketFamily = .ipv4
) throws -> ConnectedPair {
  let listener = try Socket(family, .stream)
  // What is accepted inherits it; set later it would not bound the window.
  if let receiveBuffer { try listener.setOption(.receiveBufferSize, to: receiveBuffer) }
  try listener.bind(to: loopback(family))
  try listener.listen()
  let sender = try Socket(family, .stream)
  if let sendBuffer { try sender.setOption(.sendBufferSize, to: sendBuffer) }
  try sender.connect(to: listener.localAddress)
  return ConnectedPair(sender: sender, receiver: try listener.accept())
}

func unixPair(_ kind: Socket.Kind, sendBuffer: Int? = nil) throws -> ConnectedPair {
  let (sender, receiver) = try Socket.pair(kind)
  if let sendBuffer { try sender.setOption(.sendBufferSize, to: sendBuffer) }
  return ConnectedPair(sender: sender, receiver: receiver)
}

func udpPair() throws -> ConnectedPair {
  let receiver = try boundUDP()
  let sender = try Socket(.ipv4, .datagram)
  try sender.connect(to: receiver.localAddress)
  return ConnectedPair(sender: sender, receiver: receiver)
}

/// Connects here by the form that blocks, for asynchronous tests, which cannot call it. The connect must not have to wait.
func connectHere(_ socket: Socket, to address: SocketAddress) throws(SocketError) { try socket.connect(to: address) }

/// A listener whose queue is full, and the clients in it and before it: a connect to it waits until one is accepted.
func fullListener() throws -> (listener: Socket, queued: [Socket]) {
  let listener = try Socket(.ipv4, .stream)
  try listener.bind(to: loopback(.ipv4))
  try listener.listen(backlog: 0)
  let queued = try (0..<4).map { _ in try Socket(.ipv4, .stream) }
  for socket in queued {
    try socket.setBlocking(false)
    try? connectHere(socket, to: try listener.localAddress)
  }
  return (listener, queued)
}

/// Accepts here by the form that blocks, for asynchronous tests, which cannot call it. The connection has to be there.
func acceptHere(_ listener: Socket) throws(SocketError) -> Socket { try listener.accept() }

/// A UDP socket with a port of its own, connected to nobody.
func boundUDP() throws -> Socket {
  let socket = try Socket(.ipv4, .datagram)
  try socket.setOption(.receiveBufferSize, to: 1 << 20)
  try socket.bind(to: loopback(.ipv4))
  return socket
}

/// An address of this host whose port the system chooses.
func loopback(_ family: SocketFamily) throws -> SocketAddress {
  family == .ipv6 ? try .ipv6("::1", port: 0) : try .ipv4("127.0.0.1", port: 0)
}

/// An address of this host where nobody listens.
func deadAddress(_ kind: Socket.Kind) throws -> SocketAddress {
  let socket = try Socket(.ipv4, kind)
  try socket.bind(to: loopback(.ipv4))
  let address = try socket.localAddress
  socket.close()
  return address
}

/// A name in the abstract namespace that no other socket has; a path where the system has no such names.
func abstractAddress() throws -> SocketAddress {
  let name = "socketsend-tests-\(getpid())-\(UInt64.random(in: 0 ... .max))"
  #if os(Linux) || os(Android)
    return try .unix(path: "\0" + name)
  #else
    return try .unix(path: "/tmp/" + name)
  #endif
}

/// Whether this host has an IPv6 loopback address.
let hasIPv6: Bool = {
  guard let socket = try? Socket(.ipv6, .stream), let address = try? loopback(.ipv6) else { return false }
  return (try? socket.bind(to: address)) != nil
}()

extension Socket {
  /// Closes a TCP connection with a reset.
  func closeWithReset() {
    var abort = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor.rawValue, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  /// Sets SO_SNDTIMEO on the descriptor, past this object.
  func setKernelSendTimeout(milliseconds: Int) { setKernelTimeout(SO_SNDTIMEO, milliseconds) }

  /// Sets SO_RCVTIMEO on the descriptor, past this object.
  func setKernelReceiveTimeout(milliseconds: Int) { setKernelTimeout(SO_RCVTIMEO, milliseconds) }

  private func setKernelTimeout(_ option: CInt, _ milliseconds: Int) {
    var time = timeval(tv_sec: milliseconds / 1000, tv_usec: .init(milliseconds % 1000 * 1000))
    setsockopt(descriptor.rawValue, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  /// Waits until the socket has no room: a send on it waits.
  func untilFull() async {
    await eventually { polledEvents(self, POLLOUT) == 0 }
  }

  /// Waits until poll answers one of these events: POLLIN, POLLERR, POLLHUP, ...
  func untilPolled(_ events: CInt) async {
    await eventually { polledEvents(self, events) & events != 0 }
  }
}

/// What poll answers at once; 0 for nothing.
private func polledEvents(_ socket: Socket, _ events: CInt) -> CInt {
  var request = pollfd(fd: socket.descriptor.rawValue, events: Int16(events), revents: 0)
  return poll(&request, 1, 0) > 0 ? CInt(request.revents) : 0
}
