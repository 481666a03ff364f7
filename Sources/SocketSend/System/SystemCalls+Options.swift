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

extension SystemCalls {
  /// The value of an option: `size` bytes. The system wrote the first `length`, and the rest are zeros.
  static func option(
    _ descriptor: CInt, level: CInt, name: CInt, size: Int
  ) throws(SocketError) -> (bytes: [UInt8], length: Int) {
    // The system would write 8 times the length that it is given.
    if level == SOL_SOCKET, name == Platform.readFilterOption { throw SocketError(errno: EOPNOTSUPP) }
    var bytes = [UInt8](repeating: 0, count: size)
    var length = socklen_t(size)
    // Invariant: the system writes at most `length` bytes, and the array has as many.
    _ = try value {
      unsafe bytes.withUnsafeMutableBytes { bytes in
        unsafe getsockopt(descriptor, level, name, bytes.baseAddress, &length)
      }
    }
    return (bytes, min(Int(length), size))
  }

  /// The value of an option, as many bytes as the system has for it, up to 1 MiB.
  static func option(_ descriptor: CInt, level: CInt, name: CInt) throws(SocketError) -> [UInt8] {
    var room = 512
    while true {
      do throws(SocketError) {
        let (bytes, length) = try option(descriptor, level: level, name: name, size: room)
        // A value that fills the room may have been cut.
        if length < room || room >= mostOptionBytes { return Array(bytes.prefix(length)) }
      } catch {
        if error.errno != ERANGE || room >= mostOptionBytes { throw error }
      }
      room *= 2
    }
  }

  private static var mostOptionBytes: Int { 1 << 20 }

  static func setOption(_ descriptor: CInt, level: CInt, name: CInt, to bytes: [UInt8]) throws(SocketError) {
    // Invariant: the system reads at most the array's count.
    _ = try value {
      unsafe bytes.withUnsafeBytes { bytes in
        unsafe setsockopt(descriptor, level, name, bytes.baseAddress, socklen_t(bytes.count))
      }
    }
  }

  /// Turns zero copy on for a TCP or UDP socket, for good. Returns false on any other socket or system, and if the kernel refuses.
  static func enableZeroCopy(_ descriptor: CInt) -> Bool {
    let protocolOption = SocketOption<Int>(level: SOL_SOCKET, name: Platform.protocolOption)
    guard let number = try? protocolOption.value(of: descriptor),
      number == Platform.tcpLevel || number == Platform.udpProtocol
    else { return false }
    let option = SocketOption<Bool>(level: SOL_SOCKET, name: Platform.zeroCopyOption)
    do throws(SocketError) {
      try option.set(true, on: descriptor)
      return true
    } catch {
      return false
    }
  }
}
