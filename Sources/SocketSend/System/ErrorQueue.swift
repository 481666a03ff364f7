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

// The error queue of a socket, by which Linux says with which sends by zero copy it is done.

extension SystemCalls {
  /// Takes the next entry from the socket's error queue, without waiting. Returns its control messages, or nil if the queue is empty.
  static func nextError(_ descriptor: CInt) -> [UInt8]? {
    // A notification takes 64 bytes at most. A program may have the kernel add others behind it, timestamps for example.
    var control = [UInt8](repeating: 0, count: 256)
    // Invariant: a header without pointers.
    var header = unsafe msghdr()
    // Invariant: the kernel writes at most as many bytes as the array has, and no data, for which the header has no room.
    let result = unsafe control.withUnsafeMutableBytes { bytes in
      unsafe header.msg_control = bytes.baseAddress
      unsafe header.msg_controllen = .init(bytes.count)
      return unsafe recvmsg(descriptor, &header, Platform.errorQueue)
    }
    return result < 0 ? nil : Array(control.prefix(unsafe Int(header.msg_controllen)))
  }

  /// Turns zero copy on. Returns whether the kernel then makes a notification for each send that asks for it, as TCP and UDP on Linux do.
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
