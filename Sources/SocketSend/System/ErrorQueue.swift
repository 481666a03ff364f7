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

// The error queue of a socket. There Linux reports the sends by zero copy whose memory it has let go of.

extension SystemCalls {
  /// Takes the next entry from the socket's error queue, without waiting. Returns its control messages, or nil if the queue is empty.
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

  /// Turns zero copy on for a TCP or UDP socket, for good. Returns false on any other socket or system, and if the kernel refuses.
  static func enableZeroCopy(_ descriptor: CInt) -> Bool {
    let kind = SocketOption<Int>(level: SOL_SOCKET, name: Platform.protocolOption)
    guard let number = try? kind.value(of: descriptor), number == Platform.tcpLevel || number == Platform.udpProtocol else {
      return false
    }
    let option = SocketOption<Bool>(level: SOL_SOCKET, name: Platform.zeroCopyOption)
    do throws(SocketError) {
      try option.set(true, on: descriptor)
      return true
    } catch {
      return false
    }
  }
}
