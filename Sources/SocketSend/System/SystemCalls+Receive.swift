// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

// How bytes and messages are received.

extension SystemCalls {
  /// Receives at most `count` bytes of a stream or of one message. `count` is not negative.
  static func receive(
    _ descriptor: CInt, upTo count: Int, isStream: Bool, flags: CInt = 0
  ) throws(SocketError) -> [UInt8] {
    try received(descriptor, upTo: count, isStream: isStream, flags: flags).bytes
  }

  /// Receives at most `count` bytes of a stream or of one message, and the address of the sender.
  static func receiveFrom(
    _ descriptor: CInt, upTo count: Int, isStream: Bool, flags: CInt
  ) throws(SocketError) -> (bytes: [UInt8], sender: SocketAddress) {
    let received = try received(descriptor, upTo: count, isStream: isStream, flags: flags, wantsSender: true)
    return (received.bytes, received.sender ?? .unnamed)
  }

  /// Receives into `buffer` from its start on. Returns the bytes received.
  static func receive(_ descriptor: CInt, into buffer: inout [UInt8], flags: CInt) throws(SocketError) -> Int {
    // Invariant: the kernel writes at most the array's count.
    try value { unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, $0.count, flags) } }
  }

  private struct Received {
    var bytes: [UInt8]
    /// recv's result, which with MSG_TRUNC is the message's length.
    var length: Int
    var sender: SocketAddress?
  }

  private static func received(
    _ descriptor: CInt, upTo count: Int, isStream: Bool, flags: CInt, wantsSender: Bool = false
  ) throws(SocketError) -> Received {
    let room = min(count, receiveRoom)
    // A stream never gets MSG_TRUNC, with which TCP drops the bytes instead of handing them out.
    if isStream || count <= receiveRoom {
      return try receive(descriptor, room: room, flags: flags, wantsSender: wantsSender)
    }
    // A message longer than the buffer would lose bytes, so its length is read first. Reading the length waits as receiving does.
    let wholeLength = Platform.wholeLength ?? 0
    let length =
      if wholeLength != 0 {
        try receive(descriptor, room: 0, flags: flags | Platform.peek | wholeLength).length
      } else {
        try lengthOfMessage(descriptor, upTo: count, flags: flags)
      }
    let received = try receive(
      descriptor, room: max(room, min(count, length)), flags: flags | wholeLength, wantsSender: wantsSender)
    // Another thread took the first message, and the next one is longer than the buffer.
    if received.length > received.bytes.count, received.bytes.count < count { throw SocketError(errno: EMSGSIZE) }
    return received
  }

  /// The length of the next message, at most `count`, on a system whose recv returns only the number of bytes that it copied. This peeks at
  /// the message with a buffer that doubles until the message fits. It waits as receiving does.
  static func lengthOfMessage(
    _ descriptor: CInt, upTo count: Int, flags: CInt, from room: Int = receiveRoom
  ) throws(SocketError) -> Int {
    var room = room
    while true {
      let length = try receive(descriptor, room: room, flags: flags | Platform.peek).length
      if length < room || room >= count { return min(length, count) }
      room = room > count / 2 ? count : 2 * room
    }
  }

  /// The buffer made before the length is known: 1 MiB at most.
  private static var receiveRoom: Int { 1 << 20 }

  private static func receive(
    _ descriptor: CInt, room: Int, flags: CInt, wantsSender: Bool = false
  ) throws(SocketError) -> Received {
    var failure: SocketError?
    var length = 0
    var sender: SocketAddress?
    // Invariant: the kernel writes at most the buffer's count, and the first `filled` bytes alone become the array's. The pointers to
    // the address are passed on as they come, under the invariant of `address(_:)`.
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: room) { buffer, filled in
      do throws(SocketError) {
        if wantsSender {
          sender = unsafe try address {
            length = unsafe recvfrom(descriptor, buffer.baseAddress, room, flags, $0, $1)
            return length < 0 ? -1 : 0
          }
        } else {
          length = try value { unsafe recv(descriptor, buffer.baseAddress, room, flags) }
        }
        filled = min(length, room)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return Received(bytes: bytes, length: length, sender: sender)
  }

  /// Takes the next entry from the socket's error queue, without waiting. Returns its control messages, or nil if the queue is empty. Linux
  /// reports there the sends by zero copy whose memory it has let go of.
  static func nextError(_ descriptor: CInt) -> [UInt8]? {
    // A notification takes at most 64 bytes. If the program asked for timestamps, say, the entry has more control messages.
    var control = [UInt8](repeating: 0, count: 256)
    // Invariant: all fields are zero, so the header points at nothing.
    var header = unsafe msghdr()
    // Invariant: the kernel writes at most as many bytes of control messages as the array has. It writes no data: there is no room for any.
    let result = unsafe control.withUnsafeMutableBytes { bytes in
      unsafe header.msg_control = bytes.baseAddress
      unsafe header.msg_controllen = .init(bytes.count)
      return unsafe recvmsg(descriptor, &header, Platform.errorQueue)
    }
    return result < 0 ? nil : Array(control.prefix(unsafe Int(header.msg_controllen)))
  }
}
