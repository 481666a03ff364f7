// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension Socket {
  fileprivate var hasNonblockingFlag: Bool { fcntl(descriptor.rawValue, F_GETFL) & O_NONBLOCK != 0 }
}

/// Accepts by the form that blocks, with a time-out, for asynchronous tests.
private func acceptHere(_ listener: Socket, within timeout: Duration) -> SocketError? {
  errorOf { () throws(SocketError) in _ = try listener.accept(timeout: timeout) }
}

extension SocketTests {
  @Suite("accept, and the mode of a listening socket", .serialized) struct AcceptModeTests {
    @Test(
      "after an accept with a time-out, isBlocking is true and an accept without one waits",
      arguments: [SocketFamily.ipv4, .unix])
    func waits(family: SocketFamily) async throws {
      let listener = try listener(family)
      #expect(acceptHere(listener, within: .zero)?.isOwnTimeout == true)
      #expect(try listener.isBlocking && listener.hasNonblockingFlag)
      let thread = OwnThread { Result { () throws(SocketError) in try listener.accept() } }
      await thread.untilBlocked()
      #expect(!thread.isFinished)
      let client = try Socket(family, .stream)
      try connectHere(client, to: listener.localAddress)
      let accepted = try await thread.value.get()
      #expect(try accepted.isBlocking && !accepted.hasNonblockingFlag)
      #expect(try sendHere([[1], [2]], on: client) == 2)
      #expect(try receiveHere(upTo: 9, from: accepted) == [1, 2])
    }

    @Test("an accept without a time-out, on a socket that an earlier accept left so, ends by close()")
    func closes() async throws {
      let listener = try listener(.ipv4)
      #expect(acceptHere(listener, within: .zero)?.isOwnTimeout == true)
      let thread = OwnThread { errorOf { () throws(SocketError) in _ = try listener.accept() } }
      await thread.untilBlocked()
      listener.close()
      #expect(await thread.value == SocketError(errno: ECONNABORTED))
    }

    @Test("setBlocking decides afterwards too")
    func sets() throws {
      let listener = try listener(.ipv4)
      #expect(acceptHere(listener, within: .zero)?.isOwnTimeout == true)
      try listener.setBlocking(false)
      #expect(try !listener.isBlocking)
      #expect(acceptHere(listener, within: .seconds(50)) == SocketError(errno: EAGAIN))
      try listener.setBlocking(true)
      #expect(try listener.isBlocking && !listener.hasNonblockingFlag)
      #expect(acceptHere(listener, within: .milliseconds(1))?.isOwnTimeout == true)
    }

    @Test("a socket that does not listen: the system's answer, and its mode stays")
    func notListening() throws {
      let pair = try tcpPair()
      #expect(acceptHere(pair.sender, within: .seconds(50)) == SocketError(errno: EINVAL))
      #expect(!pair.sender.hasNonblockingFlag)
      let unix = try unixPair(.sequencedPacket)
      #expect(acceptHere(unix.sender, within: .seconds(50)) == SocketError(errno: EINVAL))
      for message in [try boundUDP(), try unixPair(.datagram).sender] {
        #expect(acceptHere(message, within: .seconds(50)) == SocketError(errno: EOPNOTSUPP))
        #expect(errorOf { () throws(SocketError) in _ = try message.accept() } == SocketError(errno: EOPNOTSUPP))
      }
    }

    @Test("several threads that accept get a connection each", arguments: [nil, .seconds(50)] as [Duration?])
    func crowd(timeout: Duration?) async throws {
      let listener = try listener(.unix)
      let threads = (0..<8).map { _ in
        OwnThread { Result { () throws(SocketError) in try listener.accept(timeout: timeout) } }
      }
      for thread in threads { await thread.untilBlocked() }
      let clients = try (0..<8).map { _ in try Socket(.unix, .stream) }
      for client in clients { try connectHere(client, to: listener.localAddress) }
      var accepted: [Socket] = []
      for thread in threads { accepted.append(try await thread.value.get()) }
      #expect(Set(accepted.map(\.descriptor)).count == 8)
    }
  }
}
