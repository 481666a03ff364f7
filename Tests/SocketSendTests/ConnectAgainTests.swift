// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend
import SocketSendAsync
import Testing

private enum ConnectForm: CaseIterable, Sendable {
  case plain, withTimeout, async

  func connect(_ socket: Socket, to address: SocketAddress) async throws(SocketError) {
    switch self {
    case .plain: try connectHere(socket, to: address, timeout: nil)
    case .withTimeout: try connectHere(socket, to: address, timeout: .seconds(20))
    case .async: try await socket.connect(to: address, timeout: .seconds(20))
    }
  }
}

/// In a function that may wait: asynchronous code cannot call it.
private func connectHere(_ socket: Socket, to address: SocketAddress, timeout: Duration?) throws(SocketError) {
  try socket.connect(to: address, timeout: timeout)
}

private enum SendForm: CaseIterable, Sendable {
  case blocking, blockingOnDescriptor, async, asyncOnDescriptor, zeroCopy

  func send(_ bytes: [UInt8], on socket: Socket, to address: SocketAddress) async throws(SocketError) -> Int {
    switch self {
    case .async: try await socket.send(bytes, to: address)
    case .asyncOnDescriptor: try await socket.descriptor.send(bytes, to: address, timeout: .seconds(5))
    case .blocking, .blockingOnDescriptor, .zeroCopy:
      try await OwnThread { Result { () throws(SocketError) in try sendHere(bytes, on: socket, to: address) } }.value.get()
    }
  }

  /// In a function that may wait: asynchronous code cannot call it.
  private func sendHere(_ bytes: [UInt8], on socket: Socket, to address: SocketAddress) throws(SocketError) -> Int {
    switch self {
    case .zeroCopy: try socket.sendZeroCopy([bytes], to: address).bytesSent
    case .blockingOnDescriptor: try socket.descriptor.send(bytes, to: address, timeout: .seconds(5))
    default: try socket.send(bytes, to: address)
    }
  }
}

extension SocketTests {
  @Suite("A connect on a connected socket") struct ConnectAgainTests {
    @Test("is isConnected, by whatever form each is made", arguments: ConnectForm.allCases, ConnectForm.allCases)
    private func again(first: ConnectForm, second: ConnectForm) async throws {
      let listener = try Socket(.ipv4, .stream)
      try listener.bind(to: .loopback(port: 0))
      try listener.listen()
      let address = try listener.localAddress
      let socket = try Socket(.ipv4, .stream)
      try await first.connect(socket, to: address)
      var failure: SocketError?
      do throws(SocketError) { try await second.connect(socket, to: address) } catch { failure = error }
      #expect(failure == SocketError(errno: EISCONN))
    }

    @Test("does not disturb blocking sends of another thread", arguments: [ConnectForm.withTimeout, .async])
    private func meanwhile(form: ConnectForm) async throws {
      let pair = try tcpPair()
      let address = try pair.sender.peerAddress
      let reader = Reader(pair.receiver)
      let stop = Flag()
      let sender = OwnThread {
        var short = 0
        let bytes = [UInt8](repeating: 1, count: 400_000)
        while !stop.isRaised { if (try? pair.sender.send(bytes)) != bytes.count { short += 1 } }
        return short
      }
      for _ in 0..<2000 {
        await #expect(throws: SocketError(errno: EISCONN)) { try await form.connect(pair.sender, to: address) }
      }
      stop.raise()
      #expect(await sender.value == 0)
      pair.sender.close()
      _ = await reader.value
    }
  }

  @Suite("A UDP socket for which no port is free", .serialized) struct ConnectWithoutPortTests {
    /// `IP_LOCAL_PORT_RANGE` of Linux 6.3: the lowest port, and the highest one times 65536.
    private static let portRange = SocketOption<UInt32>(level: CInt(IPPROTO_IP), name: 51)

    private static var canLimitPorts: Bool {
      (try? Socket(.ipv4, .datagram).setOption(portRange, to: 50000 | 50000 << 16)) != nil
    }

    private static var linuxVersion: Comment { "needs IP_LOCAL_PORT_RANGE of Linux 6.3" }

    /// A socket that may have one port only, and the socket that holds this port.
    private func socketWithoutPort() throws -> (socket: Socket, holder: Socket) {
      let holder = try Socket(.ipv4, .datagram)
      try holder.bind(to: .any(port: 0))
      let port = try #require(try holder.localAddress.port)
      let socket = try Socket(.ipv4, .datagram)
      try socket.setOption(Self.portRange, to: UInt32(port) | UInt32(port) << 16)
      return (socket, holder)
    }

    @Test(
      "connect is wouldBlock at once: no wait would end",
      .enabled(if: canLimitPorts, linuxVersion), arguments: ConnectForm.allCases)
    private func withoutPort(form: ConnectForm) async throws {
      let (socket, holder) = try socketWithoutPort()
      defer { extendLifetime(holder) }
      var failure: SocketError?
      do throws(SocketError) { try await form.connect(socket, to: .loopback(port: 9)) } catch { failure = error }
      #expect(failure == SocketError(errno: EAGAIN))
    }

    @Test(
      "a send to an address is wouldBlock, without a wait, and sends once a port is free",
      .enabled(if: canLimitPorts, linuxVersion), arguments: SendForm.allCases)
    private func sendWithoutPort(form: SendForm) async throws {
      let (socket, holder) = try socketWithoutPort()
      let receiver = try boundUDP()
      let address = try receiver.localAddress
      let traces = SendTraces()
      let observation = traces.start(socket.descriptor)
      defer { observation.end() }
      // A send that waits ends with a time-out.
      socket.sendTimeout = .seconds(5)
      await #expect(throws: SocketError(errno: EAGAIN)) { try await form.send([1, 2], on: socket, to: address) }
      #expect(try #require(traces.last).waits == 0)
      holder.close()
      #expect(try await form.send([1, 2], on: socket, to: address) == 2)
      #expect(nextMessage(receiver) == [1, 2])
    }
  }
}
