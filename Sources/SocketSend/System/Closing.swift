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

// How a connection ends, which is not the same everywhere.

#if canImport(Darwin)
  extension SystemCalls {
    /// Aborts a TCP connection: the peer gets a reset, and every operation under way on it returns.
    static func disconnect(_ descriptor: CInt) throws(SocketError) {
      // Connecting to no address, as on Linux, is EISCONN. A connection with no time to linger is dropped when it is disconnected.
      try resetOnClose(descriptor)
      // The numbers are SAE_ASSOCID_ANY and SAE_CONNID_ANY.
      _ = try value { disconnectx(descriptor, 0, 0) }
    }

    static func shutdown(_ descriptor: CInt, how: CInt) throws(SocketError) {
      if how != Platform.shutdownBoth {
        _ = try value { cShutdown(descriptor, how) }
        return
      }
      // If the peer has ended its direction, the system refuses to shut down both, and this side could go on sending.
      var failures: [SocketError] = []
      for direction in [Platform.shutdownReceive, Platform.shutdownSend] {
        do throws(SocketError) {
          _ = try value { cShutdown(descriptor, direction) }
        } catch {
          failures.append(error)
        }
      }
      if failures.count == 2 { throw failures[0] }
    }
  }
#else
  extension SystemCalls {
    /// Takes a connected socket's address away, which aborts a TCP connection: the peer gets a reset, and every operation
    /// under way on it returns.
    static func disconnect(_ descriptor: CInt) throws(SocketError) {
      _ = try value {
        var unspecified = sockaddr()
        unspecified.sa_family = sa_family_t(AF_UNSPEC)
        // Invariant: the length is that of the structure passed.
        return unsafe cConnect(descriptor, &unspecified, socklen_t(MemoryLayout<sockaddr>.size))
      }
    }

    static func shutdown(_ descriptor: CInt, how: CInt) throws(SocketError) {
      _ = try value { cShutdown(descriptor, how) }
    }
  }
#endif
