// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend
import SocketSendAsync

/// Sends that have to wait for room once each. The reader is a process that is started before, so that a tool that counts what the
/// sender does counts nothing of it.
extension OneSend {
  /// Does what the arguments say if their way is `read` or `wait`; returns false for another.
  @inline(never)
  static func runWaits(_ arguments: [String]) throws -> Bool {
    switch arguments[1] {
    case "read" where arguments.count == 5:
      try readWhenQuiet(arguments[4], bytes: Int(arguments[2])!, quiet: CInt(arguments[3])!)
    case "wait" where arguments.count > 5:
      let (segments, bytes, calls) = (Int(arguments[2])!, Int(arguments[3])!, Int(arguments[4])!)
      let list = [ArraySegment<UInt8>](repeating: ArraySegment([UInt8](repeating: 7, count: bytes)), count: segments)
      let socket = try connectToReader(arguments[5])
      socket.sendTimeout = arguments.count > 6 ? .milliseconds(Int(arguments[6])!) : nil
      let sent = try runTask { try await sendBySuspending(list, on: socket, calls: calls) }
      precondition(sent == segments * bytes * calls)
    case "bare-wait" where arguments.count == 6:
      let (segments, bytes, calls) = (Int(arguments[2])!, Int(arguments[3])!, Int(arguments[4])!)
      let socket = try connectToReader(arguments[5])
      let sent = try runTask { await sendBare(segments * bytes, on: socket.descriptor.rawValue, calls: calls) }
      precondition(sent == segments * bytes * calls)
    default: return false
    }
    return true
  }

  /// Connects to the reader. The send buffer holds less than one list, and more than half of it.
  static func connectToReader(_ name: String) throws -> Socket {
    let socket = try Socket(.unix, .stream)
    try socket.connect(to: .unix(path: "\0" + name))
    try socket.setOption(.sendBufferSize, to: 4096)
    return socket
  }

  /// Reads lists of `bytes` from one sender, to the end of the stream. Each time it begins to read when the sender has filled the
  /// buffer and has been quiet for `quiet` milliseconds: it waits then.
  static func readWhenQuiet(_ name: String, bytes: Int, quiet: CInt) throws {
    let listener = try Socket(.unix, .stream)
    try listener.bind(to: .unix(path: "\0" + name))
    try listener.listen()
    let socket = try listener.accept()
    var room = [UInt8](repeating: 0, count: bytes)
    while waitUntilQuiet(socket.descriptor.rawValue, &room, quiet) {
      var left = bytes
      while left > 0 { left -= try socket.receive(upTo: left).count }
    }
  }

  /// Returns false at the end of the stream.
  private static func waitUntilQuiet(_ descriptor: CInt, _ room: inout [UInt8], _ quiet: CInt) -> Bool {
    var before = 0
    while true {
      // Invariant: the pointer is to the array's bytes, and the call ends before the array changes.
      let now = unsafe recv(descriptor, &room, room.count, CInt(MSG_PEEK))
      if now <= 0 { return false }
      if now == before { return true }
      before = now
      usleep(UInt32(quiet) * 1000)
    }
  }
}
