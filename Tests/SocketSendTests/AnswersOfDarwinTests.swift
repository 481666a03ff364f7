// SPDX-License-Identifier: Apache-2.0
import Synchronization
import Testing

@testable import SocketSend

/// The two sides of a connection on Darwin, where `shutdown` fails on a side that has ended. The order of its steps is that of the kernel's
/// published source (`soshutdownlock_final`).
private final class DarwinConnection: Sendable {
  struct Sides: Equatable {
    var receivingEnded = false
    var sendingEnded = false
  }

  private let sides: Locked<Sides>

  init(_ sides: Sides) { self.sides = Locked(sides) }

  var state: Sides { sides.withLock { $0 } }

  func shutdown(how: CInt) -> CInt {
    sides.withLock { sides in
      if how != Platform.shutdownSend {
        if sides.receivingEnded { return fails(ENOTCONN) }
        sides.receivingEnded = true
      }
      if how != Platform.shutdownReceive {
        if sides.sendingEnded { return fails(ENOTCONN) }
        sides.sendingEnded = true
      }
      return 0
    }
  }
}

/// The result of a system call that fails with this error number.
private func fails(_ error: CInt) -> CInt {
  errno = error
  return -1
}

private func isClosedOnExec(_ number: CInt) -> Bool { fcntl(number, F_GETFD) & FD_CLOEXEC != 0 }

extension SocketTests {
  /// The Swift side's answers to what Darwin's kernel does differently from Linux. The tests play these answers, so they run on every
  /// system.
  @Suite("Darwin's answers, played", .serialized) struct AnswersOfDarwinTests {
    @Test(
      "shutting down both sides ends both, and fails only if both had ended", arguments: [false, true], [false, true])
    func shutsDownBoth(receivingEnded: Bool, sendingEnded: Bool) {
      let connection = DarwinConnection(.init(receivingEnded: receivingEnded, sendingEnded: sendingEnded))
      let error = errorOf { () throws(SocketError) in
        try SystemCalls.shutdown(-1, how: Platform.shutdownBoth, sidesApart: true) { connection.shutdown(how: $1) }
      }
      #expect(error == (receivingEnded && sendingEnded ? SocketError(errno: ENOTCONN) : nil))
      #expect(connection.state == .init(receivingEnded: true, sendingEnded: true))
    }

    @Test("one call for both sides would leave sending open after the peer has ended its own")
    func oneCallForBoth() {
      let connection = DarwinConnection(.init(receivingEnded: true))
      #expect(throws: SocketError(errno: ENOTCONN)) {
        try SystemCalls.shutdown(-1, how: Platform.shutdownBoth, sidesApart: false) { connection.shutdown(how: $1) }
      }
      #expect(!connection.state.sendingEnded)
    }

    @Test("shutting down one side is one call, and its error is thrown")
    func shutsDownOne() {
      for (how, ended) in [
        (Platform.shutdownReceive, DarwinConnection.Sides(receivingEnded: true)),
        (Platform.shutdownSend, DarwinConnection.Sides(sendingEnded: true)),
      ] {
        let connection = DarwinConnection(.init())
        func shutDown() throws(SocketError) {
          try SystemCalls.shutdown(-1, how: how, sidesApart: true) { connection.shutdown(how: $1) }
        }
        #expect(throws: Never.self) { try shutDown() }
        #expect(connection.state == ended)
        #expect(throws: SocketError(errno: ENOTCONN)) { try shutDown() }
      }
    }

    @Test("a call for each side ends both sides of a real connection", arguments: StreamKind.allCases)
    func shutsDownARealConnection(kind: StreamKind) throws {
      let pair = try kind.pair()
      for socket in [pair.sender, pair.receiver] { socket.receiveTimeout = .seconds(10) }
      try SystemCalls.shutdown(pair.sender.descriptor.rawValue, how: Platform.shutdownBoth, sidesApart: true)
      #expect(try pair.sender.receive(upTo: 1) == [])
      #expect(try pair.receiver.receive(upTo: 1) == [])
      #expect(errorOfSending(on: pair.sender) == SocketError(errno: EPIPE))
    }

    @Test("a connection is aborted by a call of its own, with no time to linger")
    func disconnects() throws {
      let pair = try StreamKind.tcp.smallPair()
      _ = fill(pair.sender)
      let number = pair.sender.descriptor.rawValue
      var time = linger(l_onoff: 0, l_linger: 9)
      var calls: [CInt] = []
      try SystemCalls.disconnect(number) { called in
        calls.append(called)
        var length = socklen_t(MemoryLayout<linger>.size)
        return getsockopt(called, SOL_SOCKET, SO_LINGER, &time, &length)
      }
      #expect(calls == [number])
      #expect(time.l_onoff != 0 && time.l_linger == 0)
      // The played call left the connection as it was: with this option, the close resets it.
      pair.sender.close()
      #expect(readAll(pair.receiver).end == ECONNRESET)
    }

    @Test("an abort that the system refuses (EISCONN) resets the connection at its close")
    func abortsByLinger() throws {
      let pair = try StreamKind.tcp.smallPair()
      _ = fill(pair.sender)
      pair.sender.abortConnection { number throws(SocketError) in
        try SystemCalls.disconnect(number) { _ in fails(EISCONN) }
      }
      #expect(errorOfSending(on: pair.sender, flags: .doNotWait) == SocketError(errno: EPIPE), "it is shut down already")
      pair.sender.close()
      #expect(readAll(pair.receiver).end == ECONNRESET)
    }

    @Test("the error of that call is thrown")
    func refusesToDisconnect() throws {
      let pair = try tcpPair()
      #expect(throws: SocketError(errno: EISCONN)) {
        try SystemCalls.disconnect(pair.sender.descriptor.rawValue) { _ in fails(EISCONN) }
      }
    }

    @Test("without SOCK_CLOEXEC, a second call keeps new sockets from programs that this one starts")
    func closesOnExec() throws {
      let one = try SystemCalls.openSocket(family: AF_INET, kind: Platform.stream, closingOnExec: nil)
      let (two, three) = try SystemCalls.openPair(kind: Platform.stream, closingOnExec: nil)
      for number in [one, two, three] {
        #expect(isClosedOnExec(number))
        closeFile(number)
      }
    }

    @Test("a connection that has taken over its listener's O_NONBLOCK is in blocking mode", arguments: [true, false])
    func acceptsInBlockingMode(isNonblocking: Bool) throws {
      let listener = try listener(.ipv4)
      let client = try Socket(.ipv4, .stream)
      try client.connect(to: listener.localAddress)
      let number = try SystemCalls.accept(listener.descriptor.rawValue, inheritsMode: true) { listening in
        let connection = cAccept(listening)
        _ = fcntl(connection, F_SETFL, isNonblocking ? O_NONBLOCK : 0)
        return connection
      }
      defer { closeFile(number) }
      #expect(try !SystemCalls.isNonblocking(number))
      #expect(isClosedOnExec(number))
    }

    @Test("a wait that no close ends notices a close all the same")
    func noticesAClose() async throws {
      // Closing the socket wakes no poll on a pipe, as closing a listener wakes none on Darwin.
      var ends: [CInt] = [-1, -1]
      #expect(pipe(&ends) == 0)
      defer { closeFile(ends[1]) }
      let socket = Socket(adopting: SocketDescriptor(rawValue: ends[0]))
      let thread = OwnThread {
        errorOf { () throws(SocketError) in
          try socket.waiting(for: Platform.data, until: .never, longestPoll: 100) { _ throws(SocketError) in
            throw SocketError(errno: EAGAIN)
          }
        }
      }
      await thread.untilBlocked()
      #expect(!thread.isFinished)
      socket.close()
      #expect(await thread.value == SocketError(errno: EINTR))
    }

    @Test("a poll takes 100 ms at most, or the time that is left")
    func longestPoll() {
      for (left, most) in [(-1, 100), (0, 0), (99, 99), (100, 100), (101, 100), (.max, 100)] as [(CInt, CInt)] {
        #expect(BlockingWait.pollTime(left: left, atMost: 100) == most)
        #expect(BlockingWait.pollTime(left: left, atMost: nil) == left)
      }
    }

    @Test("a flag that the system lacks is refused, and the others keep their numbers")
    func lacksFlags() {
      let both: SocketFlags = [.more, .confirm]
      #expect(both.translatedValue(more: 0x8000, confirm: 0x800) == 0x8800)
      for (more, confirm) in [(nil, nil), (nil, 0x800), (0x8000, nil)] as [(CInt?, CInt?)] {
        #expect(SocketFlags.more.translatedValue(more: more, confirm: confirm) == more)
        #expect(SocketFlags.confirm.translatedValue(more: more, confirm: confirm) == confirm)
        #expect(both.translatedValue(more: more, confirm: confirm) == nil)
        #expect(both.union(.doNotWait).translatedValue(more: more, confirm: confirm) == nil)
        #expect(SocketFlags.doNotWait.translatedValue(more: more, confirm: confirm) == CInt(MSG_DONTWAIT))
        #expect(SocketFlags.truncated.translatedValue(more: more, confirm: confirm) == 0)
      }
    }
  }
}
