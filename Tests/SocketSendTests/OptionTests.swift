// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// Sets an option to each value in turn, by the socket and by its descriptor, and reads it back by both.
private func check<Value: Equatable>(
  _ option: SocketOption<Value>, on socket: Socket, _ values: [Value], sourceLocation: SourceLocation = #_sourceLocation
) throws {
  for value in values {
    try socket.setOption(option, to: value)
    #expect(try socket.option(option) == value, sourceLocation: sourceLocation)
    #expect(try socket.descriptor.option(option) == value, sourceLocation: sourceLocation)
  }
  for value in values {
    try socket.descriptor.setOption(option, to: value)
    #expect(try socket.option(option) == value, sourceLocation: sourceLocation)
  }
}

extension SocketTests {
  @Suite("Options") struct OptionTests {
    private let invalid = SocketError(errno: EINVAL)

    @Test("flags of any socket, of TCP and of UDP")
    func flags() throws {
      let tcp = try Socket(.ipv4, .stream)
      try check(.noDelay, on: tcp, [true, false])
      try check(.reuseAddress, on: tcp, [true, false])
      try check(.reusePort, on: tcp, [true, false])
      try check(.keepAlive, on: tcp, [true, false])
      let udp = try Socket(.ipv4, .datagram)
      try check(.broadcast, on: udp, [true, false])
      try check(.multicastLoopback, on: udp, [false, true])
    }

    @Test("Linux doubles the sizes of the buffers")
    func bufferSizes() throws {
      let socket = try Socket(.ipv4, .stream)
      let before = try socket.option(.sendBufferSize)
      try socket.setOption(.sendBufferSize, to: 20_000)
      #expect(try socket.option(.sendBufferSize) == 40_000 && before != 40_000)
      try socket.setOption(.receiveBufferSize, to: 30_000)
      let room = try socket.option(.receiveBufferSize)
      #expect(room == 60_000)
    }

    #if os(Linux)
      @Test("keep-alive and the user time-out have the system's units")
      func tcpTimes() throws {
        let socket = try Socket(.ipv4, .stream)
        try check(.keepAliveIdle, on: socket, [.seconds(1), .seconds(32_767)])
        try check(.keepAliveInterval, on: socket, [.seconds(2), .seconds(75)])
        try check(.keepAliveCount, on: socket, [1, 127])
        try check(.userTimeout, on: socket, [.milliseconds(1), .seconds(90), .zero])
        try check(.notSentLowWater, on: socket, [1, 65_536])
        #expect(try socket.option(SocketOption<Int>(level: CInt(IPPROTO_TCP), name: TCP_KEEPIDLE)) == 32_767)
        try socket.setOption(.userTimeout, to: .milliseconds(1500))
        #expect(try socket.option(SocketOption<Int>(level: CInt(IPPROTO_TCP), name: TCP_USER_TIMEOUT)) == 1500)
      }
    #endif

    @Test("a part of a unit is a whole one")
    func roundsUp() throws {
      let socket = try Socket(.ipv4, .stream)
      try socket.setOption(.keepAliveIdle, to: .seconds(2) + .nanoseconds(1))
      #expect(try socket.option(.keepAliveIdle) == .seconds(3))
      try socket.setOption(.keepAliveInterval, to: Duration(secondsComponent: 0, attosecondsComponent: 1))
      #expect(try socket.option(.keepAliveInterval) == .seconds(1))
      try socket.setOption(.userTimeout, to: .milliseconds(7) + .microseconds(1))
      #expect(try socket.option(.userTimeout) == .milliseconds(8))
      try socket.setOption(.linger, to: .milliseconds(1))
      #expect(try socket.option(.linger) == .seconds(1))
    }

    @Test(
      "a time that is negative, or that the option has no room for, changes nothing",
      arguments: [
        .nanoseconds(-1), .seconds(Int64.min), .seconds(Int64.max), .seconds(Int64.max) * 10, .seconds(1 << 31),
      ] as [Duration])
    func badTimes(time: Duration) throws {
      let socket = try Socket(.ipv4, .stream)
      let idle = try socket.option(.keepAliveIdle)
      #expect(throws: invalid) { try socket.setOption(.keepAliveIdle, to: time) }
      #expect(throws: invalid) { try socket.setOption(.keepAliveInterval, to: time) }
      #expect(throws: invalid) { try socket.setOption(.userTimeout, to: time) }
      #expect(throws: invalid) { try socket.setOption(.linger, to: time) }
      #expect(throws: invalid) { try socket.descriptor.setOption(.linger, to: time) }
      #expect(try socket.option(.keepAliveIdle) == idle)
      #expect(try socket.option(.userTimeout) == .zero)
      #expect(try socket.option(.linger) == nil)
    }

    @Test("the longest times")
    func longTimes() throws {
      let socket = try Socket(.ipv4, .stream)
      try check(.userTimeout, on: socket, [.milliseconds(CInt.max)])
      #expect(throws: invalid) { try socket.setOption(.userTimeout, to: .milliseconds(Int(CInt.max) + 1)) }
      #expect(throws: invalid) { try socket.setOption(.keepAliveIdle, to: .seconds(32_768)) }
      #expect(throws: invalid) { try socket.setOption(.keepAliveIdle, to: .zero) }
    }

    @Test("a number that is negative, or more than a C int, changes nothing", arguments: [-1, .min, .max, 1 << 31])
    func badNumbers(number: Int) throws {
      let socket = try Socket(.ipv4, .stream)
      for option in [
        SocketOption.sendBufferSize, .receiveBufferSize, .keepAliveCount, .notSentLowWater, .timeToLive,
        .multicastTimeToLive,
      ] {
        let before = try socket.option(option)
        #expect(throws: invalid) { try socket.setOption(option, to: number) }
        #expect(try socket.option(option) == before)
      }
    }

    @Test("linger: none, a time, and zero, with which closing aborts the connection")
    func linger() async throws {
      let pair = try tcpPair()
      try check(.linger, on: pair.sender, [.seconds(5), nil, .zero])
      pair.sender.close()
      await pair.receiver.untilPolled(POLLERR)
      #expect(try pair.receiver.option(.error) == SocketError(errno: ECONNRESET))
      #expect(try pair.receiver.option(.error) == nil)
    }

    @Test("what can only be read: the error, the kind, whether it listens")
    func readOnly() throws {
      let socket = try Socket(.ipv4, .stream)
      #expect(try socket.option(.kind) == .stream)
      #expect(try Socket.pair(.sequencedPacket).0.option(.kind) == .sequencedPacket)
      #expect(try socket.option(.acceptsConnections) == false)
      try socket.bind(to: loopback(.ipv4))
      try socket.listen()
      #expect(try socket.option(.acceptsConnections) == true)
      #expect(try socket.option(.error) == nil)
      let missing = SocketError(errno: ENOPROTOOPT)
      #expect(throws: missing) { try socket.setOption(.kind, to: .datagram) }
      #expect(throws: missing) { try socket.setOption(.error, to: nil) }
      #expect(throws: missing) { try socket.setOption(.acceptsConnections, to: false) }
    }

    @Test("IPv4: how far packets go")
    func ipv4() throws {
      let socket = try Socket(.ipv4, .datagram)
      try check(.timeToLive, on: socket, [1, 255])
      try check(.multicastTimeToLive, on: socket, [0, 1, 255])
      #expect(throws: invalid) { try socket.setOption(.timeToLive, to: 256) }
      #expect(throws: invalid) { try socket.setOption(.multicastTimeToLive, to: 256) }
    }

    @Test("IPv6: IPv6 alone, how far packets go, multicast", .enabled(if: hasIPv6))
    func ipv6() throws {
      let socket = try Socket(.ipv6, .datagram)
      try check(.ipv6Only, on: socket, [true, false])
      try check(.hopLimit, on: socket, [0, 1, 255])
      try check(.multicastHopLimit, on: socket, [0, 1, 255])
      try check(.multicastLoopbackIPv6, on: socket, [false, true])
      try check(.multicastInterfaceIPv6, on: socket, [if_nametoindex("lo"), 0])
      #expect(throws: invalid) { try socket.setOption(.hopLimit, to: 256) }
      #expect(throws: invalid) { try socket.setOption(.multicastInterfaceIPv6, to: .max) }
    }

    @Test("an option that the socket does not have")
    func misfits() throws {
      let datagram = try Socket(.ipv4, .datagram)
      #expect(throws: SocketError(errno: ENOPROTOOPT)) { try datagram.setOption(.noDelay, to: true) }
      let local = try Socket.pair().0
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try local.setOption(.noDelay, to: true) }
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try local.option(.timeToLive) }
      #expect(throws: SocketError(errno: ENOPROTOOPT)) {
        try datagram.option(SocketOption<Int>(level: SOL_SOCKET, name: 9999))
      }
    }

    @Test("a descriptor that is not open, or no socket")
    func noSocket() throws {
      #expect(throws: SocketError(errno: EBADF)) { try SocketDescriptor(rawValue: -1).option(.sendBufferSize) }
      #expect(throws: SocketError(errno: EBADF)) { try SocketDescriptor(rawValue: -1).setOption(.noDelay, to: true) }
      let file = open("/dev/null", O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      #expect(throws: SocketError(errno: ENOTSOCK)) { try SocketDescriptor(rawValue: file).option(.kind) }
    }
  }
}
