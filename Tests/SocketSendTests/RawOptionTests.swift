// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Options by level and name") struct RawOptionTests {
    @Test("a C structure")
    func structure() throws {
      let socket = try Socket(.ipv4, .stream)
      let option = SocketOption<linger>(level: SOL_SOCKET, name: SO_LINGER)
      try socket.setOption(option, to: linger(l_onoff: 1, l_linger: 7))
      #expect(try socket.option(.linger) == .seconds(7))
      try socket.setOption(.linger, to: nil)
      #expect(try socket.option(option).l_onoff == 0)
    }

    @Test("a C number of another size than an int")
    func number() throws {
      let cookie = SocketOption<UInt64>(level: SOL_SOCKET, name: 57)  // SO_COOKIE
      let (one, other) = try Socket.pair()
      #expect(try one.option(cookie) != other.option(cookie))
      #expect(try one.option(cookie) == one.descriptor.option(cookie))
    }

    @Test("where the system has fewer bytes than the type, the rest is 0")
    func shortValue() throws {
      let socket = try Socket(.ipv4, .stream)
      try socket.setOption(.linger, to: .seconds(7))
      let wide = SocketOption<(UInt64, UInt64)>(level: SOL_SOCKET, name: SO_LINGER)
      #expect(try socket.option(wide) == (7 << 32 | 1, 0))
    }

    @Test("a C int as an Int, and as a Bool")
    func integers() throws {
      let socket = try Socket(.ipv4, .stream)
      let count = SocketOption<Int>(level: CInt(IPPROTO_TCP), name: TCP_KEEPCNT)
      try socket.setOption(count, to: 9)
      #expect(try socket.option(.keepAliveCount) == 9)
      let lowWater = SocketOption<Int>(level: SOL_SOCKET, name: SO_RCVLOWAT)
      for number in [Int.max, Int.min, 1 << 31] {
        #expect(throws: SocketError(errno: EINVAL)) { try socket.setOption(lowWater, to: number) }
      }
      // A negative number reaches the system: here it stands for the system's own choice.
      try socket.setOption(.timeToLive, to: 9)
      try socket.setOption(SocketOption<Int>(level: CInt(IPPROTO_IP), name: IP_TTL), to: -1)
      #expect(try socket.option(.timeToLive) != 9)
      let flag = SocketOption<Bool>(level: CInt(IPPROTO_TCP), name: TCP_NODELAY)
      try socket.setOption(flag, to: true)
      #expect(try socket.option(.noDelay) && socket.option(flag))
      #expect(try socket.option(SocketOption<Bool>(level: SOL_SOCKET, name: SO_SNDBUF)))
    }

    #if os(Linux)
      @Test("bytes: as many as the system has")
      func bytes() throws {
        let socket = try Socket(.ipv4, .stream)
        let congestion = SocketOption<[UInt8]>(level: CInt(IPPROTO_TCP), name: TCP_CONGESTION)
        let name = Array(try socket.option(congestion).prefix { $0 != 0 })
        #expect(!name.isEmpty)
        try socket.setOption(congestion, to: name)
        let delay = SocketOption<[UInt8]>(level: CInt(IPPROTO_TCP), name: TCP_NODELAY)
        try socket.setOption(delay, to: [1, 0, 0, 0])
        #expect(try socket.option(.noDelay) && socket.option(delay).count == 4)
        #expect(throws: SocketError(errno: EINVAL)) { try socket.setOption(delay, to: []) }
        #expect(throws: SocketError(errno: ENOPROTOOPT)) {
          try socket.option(SocketOption<[UInt8]>(level: SOL_SOCKET, name: 9999))
        }
      }

      @Test(
        "bytes: a value longer than the first buffer, whole",
        .enabled(if: Self.canSetLongValue, "needs the right to send raw packets, and IPv6"),
        arguments: [504, 512, 520, 2040])
      func manyBytes(count: Int) throws {
        let socket = try Socket(.ipv6, .datagram)
        let header = Self.destinationOptions(count: count)
        try socket.setOption(Self.longOption, to: header)
        #expect(try socket.option(Self.longOption) == header)
      }

      private static let longOption = SocketOption<[UInt8]>(level: CInt(IPPROTO_IPV6), name: IPV6_DSTOPTS)

      /// An IPv6 header of that many bytes: the kind of the next, the length in 8 bytes without the first 8, and padding.
      private static func destinationOptions(count: Int) -> [UInt8] {
        [0, UInt8(count / 8 - 1)] + [UInt8](repeating: 0, count: count - 2)
      }

      private static let canSetLongValue: Bool = {
        guard let socket = try? Socket(.ipv6, .datagram) else { return false }
        return (try? socket.setOption(longOption, to: destinationOptions(count: 8))) != nil
      }()

      @Test("a socket filter is not read, since its length does not count bytes")
      func filter() throws {
        let socket = try Socket(.ipv4, .datagram)
        let refused = SocketError(errno: EOPNOTSUPP)
        #expect(throws: refused) { try socket.option(SocketOption<[UInt8]>(level: SOL_SOCKET, name: SO_ATTACH_FILTER)) }
        #expect(throws: refused) { try socket.option(SocketOption<UInt64>(level: SOL_SOCKET, name: SO_ATTACH_FILTER)) }
      }
    #endif

    @Test("options are equal by level and name")
    func equal() {
      #expect(SocketOption.noDelay == SocketOption(level: CInt(IPPROTO_TCP), name: TCP_NODELAY))
      #expect(SocketOption<Bool>.noDelay != .keepAlive)
      #expect(SocketOption<Int>(level: 1, name: 2) != SocketOption<Int>(level: 2, name: 2))
      #expect(Set([SocketOption.timeToLive, .sendBufferSize, .timeToLive]).count == 2)
    }
  }
}
