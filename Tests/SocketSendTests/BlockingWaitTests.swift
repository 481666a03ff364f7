// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// How an operation that blocks ended.
struct BlockEnd: Sendable {
  var error: SocketError?
  var duration: Duration

  init(_ operation: () throws(SocketError) -> Void) {
    let start = ContinuousClock.now
    do throws(SocketError) { try operation() } catch { self.error = error }
    duration = start.duration(to: .now)
  }
}

extension Waiting {
  /// The operation in its blocking form. Returns the bytes that were received.
  @discardableResult
  func block(on socket: Socket, _ others: [Socket], timeout: Duration?) throws(SocketError) -> [UInt8] {
    switch self {
    case .accept, .acceptUnix: _ = try socket.accept(timeout: timeout)
    case .connect, .connectUnix: try socket.connect(to: others[0].localAddress, timeout: timeout)
    case .receive, .receiveMessage, .receiveRecord: return try socket.receive(upTo: 100, timeout: timeout)
    case .receiveInto:
      var buffer: [UInt8] = [0, 0, 0, 0]
      let count = try socket.receive(into: &buffer, timeout: timeout)
      return Array(buffer[..<count])
    case .receiveFrom: return try socket.receiveFrom(upTo: 100, timeout: timeout).bytes
    }
    return []
  }

  fileprivate func end(on socket: Socket, _ others: [Socket], timeout: Duration?) -> BlockEnd {
    BlockEnd { () throws(SocketError) in try block(on: socket, others, timeout: timeout) }
  }

  fileprivate func start(on socket: Socket, _ others: [Socket], timeout: Duration? = .seconds(50)) -> OwnThread<BlockEnd> {
    OwnThread { end(on: socket, others, timeout: timeout) }
  }

  /// Brings about what the operation waits for.
  fileprivate func satisfy(_ socket: Socket, _ others: [Socket]) throws -> [Socket] {
    switch self {
    case .accept, .acceptUnix:
      let client = try Socket(self == .accept ? .ipv4 : .unix, .stream)
      try connectHere(client, to: socket.localAddress)
      return [client]
    case .connect, .connectUnix:
      // The clients that wait too do not take the place that becomes free.
      for client in others.dropFirst() { client.close() }
      return [try acceptHere(others[0])]
    case .receiveFrom: _ = try sendHere([[1], [2]], on: boundUDP(), to: socket.localAddress)
    default: _ = try sendHere([[1], [2]], on: others[0])
    }
    return []
  }
}

private let ownTimeout = SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true)

extension SocketTests {
  @Suite("Time-outs of connect, accept and receive that block", .serialized) struct BlockingWaitTests {
    @Test("come as the operation's own, and not early", arguments: Waiting.allCases)
    func timeOut(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let end = await waiting.start(on: socket, others, timeout: .milliseconds(40)).value
      #expect(end.error == ownTimeout && end.duration >= .milliseconds(40))
      #expect(try socket.isBlocking)
    }

    @Test("are not early in many tries", arguments: Waiting.allCases)
    func neverEarly(waiting: Waiting) async throws {
      let (first, others) = try waiting.prepare()
      for number in 0..<200 {
        let socket = waiting == .connect ? try Socket(.ipv4, .stream) : first
        let time = Duration.nanoseconds(700_000 + 13_001 * number)
        let end = await waiting.start(on: socket, others, timeout: time).value
        try #require(end.error == ownTimeout && end.duration >= time, "\(end) of \(time)")
      }
    }

    @Test("zero or less: the operation does not wait", arguments: Waiting.allCases, [.zero, .seconds(-3)] as [Duration])
    func zero(waiting: Waiting, timeout: Duration) async throws {
      let (socket, others) = try waiting.prepare()
      let end = await waiting.start(on: socket, others, timeout: timeout).value
      #expect(end.error == ownTimeout && end.duration < .seconds(5))
    }

    @Test("zero or less: what is there is taken", arguments: Waiting.receives + [.accept, .acceptUnix, .connectUnix])
    func zeroTakes(waiting: Waiting) throws {
      let (socket, others) = try waiting.prepare()
      let kept = try waiting.satisfy(socket, others)
      let received = try waiting.block(on: socket, others, timeout: .zero)
      #expect(received == (Waiting.receives.contains(waiting) ? [1, 2] : []))
      for socket in kept { socket.close() }
    }

    @Test("what comes before ends the wait", arguments: Waiting.allCases, [.seconds(50), nil] as [Duration?])
    func success(waiting: Waiting, timeout: Duration?) async throws {
      let (socket, others) = try waiting.prepare()
      let thread = waiting.start(on: socket, others, timeout: timeout)
      await thread.untilBlocked()
      #expect(!thread.isFinished)
      let kept = try waiting.satisfy(socket, others)
      let end = await thread.value
      #expect(end.error == nil && end.duration < .seconds(40))
      for socket in kept { socket.close() }
    }

    @Test(
      "a time-out that passed leaves an accept and a receive possible",
      arguments: Waiting.receives + [.accept, .acceptUnix])
    func again(waiting: Waiting) throws {
      let (socket, others) = try waiting.prepare()
      #expect(waiting.end(on: socket, others, timeout: .milliseconds(5)).error == ownTimeout)
      let kept = try waiting.satisfy(socket, others)
      let received = try waiting.block(on: socket, others, timeout: .seconds(20))
      #expect(received == (Waiting.receives.contains(waiting) ? [1, 2] : []))
      for socket in kept { socket.close() }
    }

    @Test("close() ends the wait", arguments: Waiting.allCases)
    func close(waiting: Waiting) async throws {
      for _ in 0..<10 {
        let (socket, others) = try waiting.prepare()
        let thread = waiting.start(on: socket, others)
        await thread.untilBlocked()
        #expect(!thread.isFinished)
        socket.close()
        let end = await thread.value
        #expect(end.error?.code == waiting.codeAfterClose && end.duration < .seconds(20))
        #expect(waiting.end(on: socket, others, timeout: .zero).error == SocketError(code: .closed, errno: EBADF))
      }
    }

    @Test("close() that comes as the wait begins ends it", arguments: Waiting.allCases)
    func closeEarly(waiting: Waiting) async throws {
      let (first, others) = try waiting.prepare()
      for _ in 0..<100 {
        let connects = waiting == .connect || waiting == .connectUnix
        let socket = connects ? try Socket(waiting == .connect ? .ipv4 : .unix, .stream) : try waiting.prepare().socket
        let thread = waiting.start(on: socket, others)
        socket.close()
        let end = await thread.value
        let codes = [waiting.codeAfterClose, .closed, waiting == .receive || waiting == .receiveInto ? .success : .closed]
        #expect(end.error == nil || codes.contains(end.error?.code ?? .success), "\(end)")
      }
      first.close()
    }

    @Test("shutdown ends the wait", arguments: Waiting.allCases.filter { $0 != .connectUnix })
    func shutDown(waiting: Waiting) async throws {
      let (socket, others) = try waiting.prepare()
      let thread = waiting.start(on: socket, others)
      await thread.untilBlocked()
      // The system shuts a socket without a peer down, and answers notConnected.
      try? socket.shutdown(.both)
      let end = await thread.value
      #expect(end.duration < .seconds(20))
      switch waiting {
      case .accept, .acceptUnix: #expect(end.error?.code == .invalidArgument)
      case .connect: #expect(end.error?.code == .connectionReset)
      default: #expect(end.error == nil)
      }
    }

    @Test("shutting receiving down ends a receive", arguments: Waiting.receives, [.seconds(50), nil] as [Duration?])
    func shutDownReceive(waiting: Waiting, timeout: Duration?) async throws {
      let (socket, others) = try waiting.prepare()
      let thread = waiting.start(on: socket, others, timeout: timeout)
      await thread.untilBlocked()
      try? socket.shutdown(.receive)
      let end = await thread.value
      #expect(end.error == nil && end.duration < .seconds(20))
    }

    @Test("a message socket whose receiving was shut down gives no bytes in non-blocking mode, with and without a time-out")
    func shutDownReceiveNonblocking() throws {
      let pair = try unixPair(.datagram)
      try pair.receiver.setBlocking(false)
      #expect(throws: SocketError(errno: EAGAIN)) { try pair.receiver.receive(upTo: 10) }
      try pair.receiver.shutdown(.receive)
      for timeout in [nil, Duration.seconds(1)] {
        #expect(try pair.receiver.receive(upTo: 10, timeout: timeout) == [])
      }
    }

    @Test("have no effect in non-blocking mode", arguments: Waiting.allCases, [.seconds(50), .zero, nil] as [Duration?])
    func nonblocking(waiting: Waiting, timeout: Duration?) throws {
      let (socket, others) = try waiting.prepare()
      try socket.setBlocking(false)
      let end = waiting.end(on: socket, others, timeout: timeout)
      #expect(end.error == SocketError(errno: waiting == .connect ? EINPROGRESS : EAGAIN) && end.duration < .seconds(20))
      #expect(try !socket.isBlocking)
    }

    @Test("several threads that receive get each message once")
    func crowd() async throws {
      let pair = try udpPair()
      let threads = (0..<4).map { _ in
        OwnThread {
          var bytes: [UInt8] = []
          while let message = try? pair.receiver.receive(upTo: 9, timeout: .seconds(1)) { bytes += message }
          return bytes
        }
      }
      for number in 0..<200 { _ = try sendHere([[UInt8(number)]], on: pair.sender) }
      var all: [UInt8] = []
      for thread in threads { all += await thread.value }
      #expect(all.sorted() == (0..<200).map { UInt8($0) })
    }

    @Test("a signal every millisecond neither shortens nor prolongs the wait")
    func signals() async {
      await #expect(processExitsWith: .success) {
        handleSignalWithoutRestart()
        for waiting in Waiting.allCases {
          let (socket, others) = try waiting.prepare()
          let thread = waiting.start(on: socket, others, timeout: .milliseconds(300))
          let stop = Flag()
          let storm = OwnThread<Void>.looping(until: stop) {
            thread.signal(SIGUSR1)
            usleep(1000)
          }
          let end = await thread.value
          stop.raise()
          await storm.value
          #expect(end.error?.isOwnTimeout == true && end.duration >= .milliseconds(300) && end.duration < .seconds(5))
        }
        #expect(signalsHandled.load(ordering: .relaxed) > 0)
      }
    }
  }
}
