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

// How a connection ends, which is not the same everywhere. What `Platform` says of this system is a parameter here, so that the tests play
// the answers of each system on every system.

extension SystemCalls {
  /// Takes a connected socket's address away, which aborts a TCP connection: the peer gets a reset, and every operation under way on it
  /// returns. `call` is the system's own call for that; with nil, this connects to no address.
  static func disconnect(
    _ descriptor: CInt, by call: ((CInt) -> CInt)? = Platform.disconnect
  ) throws(SocketError) {
    if let call {
      // A connection with no time to linger is dropped when it is disconnected.
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

  /// Shuts down one side or both. With `sidesApart`, each side has a call of its own. Then this fails only if both calls fail, with the
  /// error of the first: a side that had ended before is no failure.
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
