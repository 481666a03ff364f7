// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// What a time-out of 300 ms may become.
let bounds: ClosedRange<Duration> = .milliseconds(300) ... .milliseconds(450)

/// More than any small pair holds.
private let list = evenList(segments: 64, of: 1 << 16)

/// How a send is given 300 ms.
enum TimeoutSource: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case ofSocket = "sendTimeout"
  case ofCall = "SocketDescriptor.send(timeout:)"
  case ofCallNonblocking = "SocketDescriptor.send(timeout:) in non-blocking mode"
  case ofKernel = "SO_SNDTIMEO by SocketDescriptor.send"
  case ofKernelAdopted = "SO_SNDTIMEO adopted"

  var testDescription: String { rawValue }

  func startSending(_ list: [ArraySegment<UInt8>], on socket: Socket) throws -> Sender {
    switch self {
    case .ofSocket:
      socket.sendTimeout = .milliseconds(300)
      return Sender(list, on: socket)
    case .ofCall:
      return Sender(list, on: socket.descriptor, timeout: .milliseconds(300))
    case .ofCallNonblocking:
      try socket.setBlocking(false)
      return Sender(list, on: socket.descriptor, timeout: .milliseconds(300))
    case .ofKernel:
      socket.setKernelSendTimeout(milliseconds: 300)
      return Sender(list, on: socket.descriptor)
    case .ofKernelAdopted:
      let number = dup(socket.descriptor.rawValue)
      socket.setKernelSendTimeout(milliseconds: 300)
      return Sender(list, on: Socket(adopting: SocketDescriptor(rawValue: number)))
    }
  }
}

extension SocketTests {
  /// .NET made 630 to 970 ms of 300, and with a trickling reader never timed out.
  @Suite("SendTimeout: total, within a scheduling delay", .serialized) struct TimeoutTests {
    private func expectTimeOut(_ end: SendEnd, _ comment: Comment? = nil) {
      #expect(end.error?.code == .timedOut && end.error?.errno == ETIMEDOUT, comment)
      #expect(bounds.contains(end.duration), comment)
    }

    @Test("300 ms with no reader; the peer then reads the count", arguments: StreamKind.allCases, TimeoutSource.allCases)
    func noReader(kind: StreamKind, source: TimeoutSource) async throws {
      let pair = try kind.smallPair()
      let end = try await source.startSending(list, on: pair.sender).value
      expectTimeOut(end)
      pair.sender.close()
      let received = await Reader(pair.receiver).value
      #expect(end.bytesSent > 0 && received.bytes.count == end.bytesSent)
    }

    @Test("300 ms with a trickling reader", arguments: StreamKind.allCases, TimeoutSource.allCases)
    func tricklingReader(kind: StreamKind, source: TimeoutSource) async throws {
      let pair = try kind.smallPair()
      let stop = Flag()
      let reader = Reader(pair.receiver, .trickle, until: stop)
      let end = try await source.startSending(list, on: pair.sender).value
      stop.raise()
      expectTimeOut(end)
      pair.sender.close()
      let early = await reader.value.bytes.count
      let late = await Reader(pair.receiver).value.bytes.count
      #expect(early > 0 && early + late == end.bytesSent)
    }

    @Test(
      "300 ms on a datagram socket whose receiver is full: nothing sent", arguments: [DatagramKind.unix, .sequencedPacket])
    func datagram(kind: DatagramKind) async throws {
      let pair = try kind.pair()
      fill(pair.sender)
      pair.sender.sendTimeout = .milliseconds(300)
      for segments in [1, 3000] {
        let end = await Sender(evenList(segments: segments, of: 2), on: pair.sender).value
        expectTimeOut(end)
        #expect(end.bytesSent == 0)
      }
    }

    @Test("leaves the socket usable", arguments: StreamKind.allCases)
    func leavesUsable(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      pair.sender.sendTimeout = .milliseconds(50)
      let first = await Sender(list, on: pair.sender).value
      #expect(first.code == .timedOut)
      let reader = Reader(pair.receiver)
      pair.sender.sendTimeout = nil
      let second = await Sender(list, on: pair.sender).value
      #expect(second.error == nil && second.bytesSent == list.byteCount)
      pair.sender.close()
      #expect(await reader.value.bytes.count == first.bytesSent + second.bytesSent)
    }

    @Test("a time-out of zero or less never waits, and takes what fits", arguments: StreamKind.allCases)
    func zeroNeverWaits(kind: StreamKind) throws {
      for timeout in [Duration.zero, .seconds(-5)] {
        let pair = try kind.smallPair()
        pair.sender.sendTimeout = timeout
        let bySocket = SendEnd { () throws(SocketError) in try pair.sender.send(list) }
        #expect(bySocket.code == .timedOut && bySocket.bytesSent > 0)
        let byCall = SendEnd { () throws(SocketError) in try pair.sender.descriptor.send(list, timeout: timeout) }
        #expect(byCall.code == .timedOut)
        #expect(max(bySocket.duration, byCall.duration) < .milliseconds(200))
      }
    }

    @Test("a send that fits does not see its time-out", arguments: [Duration.zero, .nanoseconds(1), .seconds(Int64.max)])
    func fits(timeout: Duration) throws {
      let pair = try unixPair(.stream)
      pair.sender.sendTimeout = timeout
      #expect(try pair.sender.send([[1], [2]]) == 2)
      #expect(try pair.sender.descriptor.send([[3]], timeout: timeout) == 1)
    }

    @Test("nil waits for ever, past an SO_SNDTIMEO of the descriptor", arguments: StreamKind.allCases)
    func nilWaits(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      pair.sender.setKernelSendTimeout(milliseconds: 50)
      let sender = Sender(list, on: pair.sender)
      await sender.untilBlocked()
      #expect(await !eventually(within: .milliseconds(300)) { sender.isFinished })
      #expect(await Reader(pair.receiver, Pace(most: list.byteCount)).value.bytes.count == list.byteCount)
      #expect(await sender.value.error == nil)
    }

    @Test("in non-blocking mode sendTimeout has no effect")
    func nonblocking() throws {
      let pair = try StreamKind.unix.smallPair()
      pair.sender.sendTimeout = .seconds(20)
      try pair.sender.setBlocking(false)
      fill(pair.sender)
      let end = SendEnd { () throws(SocketError) in try pair.sender.send(list) }
      #expect(end.code == .wouldBlock && end.duration < .seconds(5))
    }
  }

  @Suite("sendTimeout") struct SendTimeoutPropertyTests {
    @Test(
      "is nil at first, and what it was set to",
      arguments: [nil, .zero, .nanoseconds(1), .milliseconds(300), .seconds(3600)] as [Duration?])
    func roundTrip(timeout: Duration?) throws {
      let socket = try Socket(.ipv4, .stream)
      #expect(socket.sendTimeout == nil)
      socket.sendTimeout = timeout
      #expect(socket.sendTimeout == timeout)
      socket.sendTimeout = nil
      #expect(socket.sendTimeout == nil)
    }

    @Test("below 0 is 0, a part of a nanosecond is a whole one, and there is a longest")
    func rounds() throws {
      let socket = try Socket(.ipv4, .stream)
      socket.sendTimeout = .seconds(-3)
      #expect(socket.sendTimeout == .zero)
      socket.sendTimeout = Duration(secondsComponent: 2, attosecondsComponent: 1)
      #expect(socket.sendTimeout == .seconds(2) + .nanoseconds(1))
      for long in [.nanoseconds(Int64.max) + .nanoseconds(1), .seconds(Int64.max), .seconds(Int64.max) * 16] as [Duration] {
        socket.sendTimeout = long
        #expect(socket.sendTimeout == .nanoseconds(Int64.max))
        socket.sendTimeout = .zero - long
        #expect(socket.sendTimeout == .zero)
      }
      socket.sendTimeout = .nanoseconds(Int64.max - 1)
      #expect(socket.sendTimeout == .nanoseconds(Int64.max - 1))
    }

    @Test("a descriptor's SO_SNDTIMEO becomes its first value", arguments: [0, 1, 1500, 86_400_000])
    func adopts(milliseconds: Int) throws {
      let original = try Socket(.unix, .stream)
      original.setKernelSendTimeout(milliseconds: milliseconds)
      let adopted = Socket(adopting: SocketDescriptor(rawValue: dup(original.descriptor.rawValue)))
      let kept = adopted.sendTimeout ?? .zero
      // The kernel counts in ticks of up to 10 ms, and rounds up.
      #expect(kept >= .milliseconds(milliseconds) && kept <= .milliseconds(milliseconds + (milliseconds == 0 ? 0 : 10)))
    }
  }
}
