// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// What a reader got.
struct Received: Sendable {
  var bytes: [UInt8] = []
  /// How the stream ended: 0 in order, else errno; nil where the reader stopped first.
  var end: CInt?
}

typealias Reader = OwnThread<Received>

/// How a reader goes about it.
struct Pace: Sendable {
  /// The most that is read at once.
  var piece = 1 << 18
  /// The time between two reads.
  var pause: Duration = .zero
  /// Stops reading there; nil reads to the end.
  var most: Int?

  /// Many small reads.
  static let slow = Pace(piece: 3001, pause: .microseconds(50))
  /// So slow that a send never comes to its end.
  static let trickle = Pace(piece: 512, pause: .milliseconds(10))
}

extension OwnThread where Value == Received {
  /// Reads a stream on a thread of its own, to its end or until `stop` is raised.
  convenience init(_ socket: Socket, _ pace: Pace = Pace(), until stop: Flag? = nil) {
    self.init { readAll(socket, pace, until: stop) }
  }
}

/// Reads a stream to its end, to `pace.most` bytes, or until `stop` is raised.
func readAll(_ socket: Socket, _ pace: Pace = Pace(), until stop: Flag? = nil) -> Received {
  var received = Received()
  var piece = [UInt8](repeating: 0, count: pace.piece)
  while stop?.isRaised != true {
    let room = min(piece.count, (pace.most ?? .max) - received.bytes.count)
    if room == 0 { break }
    let count = recv(socket.descriptor.rawValue, &piece, room, 0)
    if count < 0 && errno == EINTR { continue }
    if count < 0 && errno == EAGAIN {
      awaitData(socket)
      continue
    }
    if count <= 0 {
      received.end = count == 0 ? 0 : errno
      break
    }
    received.bytes += piece[..<count]
    if pace.pause > .zero { sleep(for: pace.pause) }
  }
  return received
}

/// Waits for data or the end of the stream, for a while: on some systems, the descriptor of a socket in blocking mode has O_NONBLOCK.
private func awaitData(_ socket: Socket) {
  var request = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
  _ = poll(&request, 1, 100)
}

/// Lets this thread, one of the test's own, sleep.
func sleep(for time: Duration) {
  usleep(UInt32(time.components.seconds * 1_000_000 + time.components.attoseconds / 1_000_000_000_000))
}

/// Reads what a stream holds now, without waiting.
func drain(_ socket: Socket) -> Int {
  var piece = [UInt8](repeating: 0, count: 1 << 16)
  var total = 0
  while true {
    let count = recv(socket.descriptor.rawValue, &piece, piece.count, CInt(MSG_DONTWAIT))
    if count <= 0 { return total }
    total += count
  }
}

/// Receives here by the form that blocks, for asynchronous tests, which cannot call it. The bytes have to be there, or on their way.
func receiveHere(upTo count: Int, from socket: Socket) throws(SocketError) -> [UInt8] { try socket.receive(upTo: count) }

/// The next message, without waiting; nil where there is none.
func nextMessage(_ socket: Socket) -> [UInt8]? {
  var message = [UInt8](repeating: 0, count: 1 << 18)
  let count = recv(socket.descriptor.rawValue, &message, message.count, CInt(MSG_DONTWAIT))
  return count < 0 ? nil : Array(message[..<count])
}

/// Where two runs of bytes differ first, or the length of the shorter one; nil where they are equal.
func firstDifference(_ one: [UInt8], _ other: [UInt8]) -> Int? {
  let common = min(one.count, other.count)
  if memcmp(one, other, common) == 0 { return one.count == other.count ? nil : common }
  return (0..<common).first { one[$0] != other[$0] }
}
