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

// Systems end a connection in different ways. The values of `Platform` are parameters here, so that the tests can play every system's
// answers on any system.

extension SystemCalls {
  /// Disconnects a socket from its peer, which aborts a TCP connection: the peer gets a reset, and every operation under way on it
  /// returns. `call` is the system's own call for that. With nil, this connects to an address of the family AF_UNSPEC.
  static func disconnect(
    _ descriptor: CInt, by call: ((CInt) -> CInt)? = Platform.disconnect
  ) throws(SocketError) {
    if let call {
      // With a linger time of 0, disconnecting resets the connection.
      try resetOnClose(descriptor)
      _ = try value { call(descriptor) }
      return
    }
    _ = try value {
      var unspecified = sockaddr()
      unspecified.sa_family = sa_family_t(AF_UNSPEC)
      // Invariant: the length is that of the structure passed.
      return unsafe cConnect(descriptor, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
    }
  }

  /// Shuts down one side or both. With `sidesApart`, this makes one call for each side. It throws the first call's error only if both fail,
  /// because a side that had already ended is not a failure.
  static func shutdown(
    _ descriptor: CInt, how: CInt, sidesApart: Bool = Platform.shutdownOfBothCanFail,
    _ call: (CInt, CInt) -> CInt = cShutdown
  ) throws(SocketError) {
    if how != Platform.shutdownBoth || !sidesApart {
      _ = try value { call(descriptor, how) }
      return
    }
    var failures: [SocketError] = []
    for side in [Platform.shutdownReceive, Platform.shutdownSend] {
      do throws(SocketError) {
        _ = try value { call(descriptor, side) }
      } catch {
        failures.append(error)
      }
    }
    if failures.count == 2 { throw failures[0] }
  }
}
