// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend

/// `OneSend WAY SEGMENTS BYTES CALLS` sends the same list that many times, by `sendv_all` (`c`), by `Socket` (`socket`) or by
/// `SocketDescriptor` (`descriptor`), or by `Socket` as a list of other types: `[[UInt8]]` (`arrays`), `[any ByteSegment]`
/// (`any`), `[String.UTF8View]` (`strings`), a literal of a `String` and a `[UInt8]` (`literal`), one `[UInt8]` (`value`), as a
/// `SpanList` made for each send (`spans`) or once for all (`spans-again`), by a `SendCursor` made for each list of slices (`cursor`), or
/// by the async send of `Socket` (`async`, `async-arrays`). Run under a tool that counts, with two numbers of calls, the difference is what
/// the calls cost. The peer is a UDP socket that never reads: nothing waits, and every call does the same.
///
/// `OneSend wait SEGMENTS BYTES CALLS NAME [MILLISECONDS]` sends, by the async send, lists for each of which it has to wait once; with
/// a time-out if one is given. `OneSend read BYTES QUIET NAME` is their reader, which has to be started before.
/// `OneSend bare-wait` takes the arguments of `wait`, and does the least that can be done with Swift's concurrency.
///
/// `OneSend resume SEGMENTS BYTES CALLS` sends each list of slices in many offers of one cursor, and `resume-data`
/// each list of `Data`. `byte-count` counts the bytes of a list of `Data`.
@main
struct OneSend {
  static func main() throws {
    let arguments = CommandLine.arguments
    if arguments.count > 1 {
      if try runWaits(arguments) { return }
      if try runLongLists(arguments) { return }
    }
    guard arguments.count == 5, let segments = Int(arguments[2]), let bytes = Int(arguments[3]),
      let calls = Int(arguments[4])
    else { fatalError("OneSend WAY SEGMENTS BYTES CALLS") }
    let peer = try Socket(.ipv4, .datagram)
    try peer.bind(to: .ipv4("127.0.0.1", port: 0))
    let socket = try Socket(.ipv4, .datagram)
    try socket.connect(to: peer.localAddress)
    let list = (0..<segments).map { ArraySegment([UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: bytes)) }
    let sent =
      switch arguments[1] {
      case "c": sendFromC(list, on: socket.descriptor, calls: calls)
      case "socket": try sendBySocket(list, on: socket, calls: calls)
      case "descriptor": try sendByDescriptor(list, on: socket.descriptor, calls: calls)
      case "arrays": try sendArrays(list.map { Array($0) }, on: socket, calls: calls)
      case "any": try sendAny(list.map { Array($0) }, on: socket, calls: calls)
      case "strings":
        try sendStrings(list.map { String(repeating: "a", count: $0.count).utf8 }, on: socket, calls: calls)
      case "literal":
        try sendLiteral(String(repeating: "a", count: bytes), Array(list[0]), on: socket, calls: calls)
      case "value": try sendValue(Array(list[0]), on: socket, calls: calls)
      case "spans": try sendSpans(list.map { Array($0) }, on: socket, calls: calls)
      case "spans-again": try sendSpansAgain(list.map { Array($0) }, on: socket, calls: calls)
      case "cursor": sendByCursor(list, on: socket, calls: calls)
      case "async": try runTask { try await sendBySuspending(list, on: socket, calls: calls) }
      case "async-arrays":
        try runTask { [arrays = list.map { Array($0) }] in
          try await sendArraysBySuspending(arrays, on: socket, calls: calls)
        }
      default: fatalError("no such way")
      }
    precondition(sent == segments * bytes * calls)
  }

  @inline(never)
  static func sendBySocket(_ list: [ArraySegment<UInt8>], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendByDescriptor(_ list: [ArraySegment<UInt8>], on descriptor: SocketDescriptor, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try descriptor.send(list) }
    return sent
  }

  @inline(never)
  static func sendArrays(_ list: [[UInt8]], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendAny(_ list: [any ByteSegment], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendStrings(_ list: [String.UTF8View], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendLiteral(_ head: String, _ body: [UInt8], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send([head, body]) }
    return sent
  }

  @inline(never)
  static func sendValue(_ value: [UInt8], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    for _ in 0..<calls { sent += try socket.send(value) }
    return sent
  }

  @inline(never)
  static func sendSpans(_ arrays: [[UInt8]], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    let segments = arrays.span
    for _ in 0..<calls {
      var list = SpanList()
      for index in segments.indices { list.append(segments[index].span) }
      sent += try socket.send(list)
    }
    return sent
  }

  @inline(never)
  static func sendSpansAgain(_ arrays: [[UInt8]], on socket: Socket, calls: Int) throws -> Int {
    var sent = 0
    let segments = arrays.span
    var list = SpanList()
    for index in segments.indices { list.append(segments[index].span) }
    for _ in 0..<calls { sent += try socket.send(list) }
    return sent
  }

  @inline(never)
  static func sendByCursor(_ list: [ArraySegment<UInt8>], on socket: Socket, calls: Int) -> Int {
    var sent = 0
    for _ in 0..<calls {
      var cursor = SendCursor(list)
      sent += cursor.offer(on: socket).bytesSent
    }
    return sent
  }

  /// What a C program would do: it has its iovecs already.
  @inline(never)
  static func sendFromC(_ list: [ArraySegment<UInt8>], on descriptor: SocketDescriptor, calls: Int) -> Int {
    // Invariant: the pointers are good while `list` lives, as in the library's own mapping.
    let vectors = unsafe list.map { segment in
      unsafe segment.withUnsafeBytes { bytes in
        unsafe iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress), iov_len: bytes.count)
      }
    }
    var sent = 0
    for _ in 0..<calls {
      var count = 0
      let error = unsafe sendv_all(descriptor.rawValue, vectors, vectors.count, 0, &count)
      precondition(error == 0)
      sent += count
    }
    withExtendedLifetime(list) {}
    return sent
  }
}
