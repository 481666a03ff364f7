// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// A socket on which a send waits for room, and its peer.
private enum Situation: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case tcp = "TCP"
  case unix = "Unix stream"
  case boundDatagram = "Unix datagram, the receiver's queue full"
  case datagramPair = "Unix datagram pair"
  case sequencedPacket = "Unix seqpacket"

  var testDescription: String { rawValue }
  var isStream: Bool { self == .tcp || self == .unix }
  var code: SocketError.Code { isStream ? .connectionAborted : .interrupted }

  func pair() throws -> ConnectedPair {
    switch self {
    case .tcp: try StreamKind.tcp.smallPair()
    case .unix: try StreamKind.unix.smallPair()
    case .boundDatagram: try boundDatagramPair()
    case .datagramPair: try unixPair(.datagram)
    case .sequencedPacket: try unixPair(.sequencedPacket)
    }
  }

  private func boundDatagramPair() throws -> ConnectedPair {
    let receiver = try Socket(.unix, .datagram)
    try receiver.bind(to: abstractAddress())
    let sender = try Socket(.unix, .datagram)
    try sender.connect(to: receiver.localAddress)
    return ConnectedPair(sender: sender, receiver: receiver)
  }
}

/// What came of closing a socket during a send.
private struct ClosedSend: Sendable {
  let situation: Situation
  let pair: ConnectedPair
  /// The bytes that went before the send that waited.
  let before: Int
  let end: SendEnd
  let latency: Duration
  let closeTook: Duration

  init(_ situation: Situation) async throws {
    self.situation = situation
    pair = try situation.pair()
    before = situation.isStream ? 0 : fill(pair.sender)
    let list = situation.isStream ? evenList(segments: 40, of: 50_000) : evenList(segments: 2, of: 3)
    let sender = Sender(list, on: pair.sender)
    await sender.untilItWaitsForRoom()
    let start = ContinuousClock.now
    pair.sender.close()
    closeTook = start.duration(to: .now)
    end = await sender.value
    latency = start.duration(to: end.finished)
  }

  func check() async {
    #expect(end.code == situation.code, "\(situation)")
    #expect(end.error?.errno == (situation.isStream ? ECONNABORTED : EINTR), "\(situation)")
    #expect(latency < .seconds(1) && closeTook < .seconds(1), "\(situation)")
    #expect(situation.isStream ? end.bytesSent > 0 && end.bytesSent < 2_000_000 : end.bytesSent == 0, "\(situation)")
    #expect(errorOfSending(on: pair.sender)?.code == .closed, "\(situation)")
    if situation.isStream { await checkStream() } else { checkMessages() }
  }

  private func checkStream() async {
    let received = await Reader(pair.receiver).value
    if situation == .tcp {
      #expect(received.end == ECONNRESET, "a message cut short is no clean end")
      #expect(received.bytes.count <= end.bytesSent)
    } else {
      #expect(received.end == 0 && received.bytes.count == end.bytesSent)
    }
  }

  private func checkMessages() {
    for _ in 0..<before { #expect(nextMessage(pair.receiver) == [7], "\(situation)") }
    #expect(nextMessage(pair.receiver)?.isEmpty ?? true, "\(situation)")
  }
}

extension SocketTests {
  @Suite("Dispose while a send is blocked", .serialized) struct CloseDuringSendTests {
    @Test("the sender returns promptly with its code and count, and the peer sees it", arguments: Situation.allCases)
    fileprivate func closes(situation: Situation) async throws {
      try await ClosedSend(situation).check()
    }

    @Test("a shutdown that ended an attempt to connect does not keep the peer of the next one from seeing a reset")
    func shutdownBeforeConnect() async throws {
      let (full, clients) = try fullListener(.ipv4)
      let socket = try Socket(.ipv4, .stream)
      try socket.setBlocking(false)
      #expect(throws: SocketError(errno: EINPROGRESS)) { try connectHere(socket, to: full.localAddress) }
      try socket.shutdown(.send)
      let other = try listener(.ipv4)
      try socket.setBlocking(true)
      try connectHere(socket, to: other.localAddress)
      let peer = try acceptHere(other)
      let sender = Sender(evenList(segments: 40, of: 1_000_000), on: socket)
      await sender.untilItWaitsForRoom()
      socket.close()
      #expect(await sender.value.code == .connectionAborted)
      #expect(await Reader(peer).value.end == ECONNRESET)
      withExtendedLifetime(clients) {}
    }

    @Test("300 rounds while other threads open descriptors: prompt, right code, no byte in a foreign file")
    func closesOften() async throws {
      let churn = DescriptorChurn()
      var worst: [Situation: Duration] = [:]
      for round in 0..<300 {
        let situation = Situation.allCases[round % Situation.allCases.count]
        let closed = try await ClosedSend(situation)
        await closed.check()
        worst[situation] = max(worst[situation] ?? .zero, closed.latency)
      }
      let found = await churn.end()
      #expect(found.foreignBytes.load(ordering: .relaxed) == 0)
      #expect(found.stolen.load(ordering: .relaxed) == 0)
      #expect(found.rounds.load(ordering: .relaxed) > 300)
      for (situation, latency) in worst {
        print("Close during a send, the worst of 60 rounds: \(situation.rawValue) \(latency)")
      }
    }

    @Test(
      "with senders waiting for their turn, and the socket closed by several threads at once",
      arguments: StreamKind.allCases)
    func closesAmongMany(kind: StreamKind) async throws {
      let churn = DescriptorChurn(threads: 2)
      for _ in 0..<20 {
        let pair = try kind.smallPair()
        let senders = (0..<4).map { _ in Sender(evenList(segments: 4, of: 1 << 18), on: pair.sender) }
        for sender in senders { await sender.untilBlocked() }
        let closers = (0..<3).map { _ in OwnThread<Void> { pair.sender.close() } }
        for closer in closers { await closer.value }
        var ends: [SendEnd] = []
        for sender in senders { ends.append(await sender.value) }
        #expect(ends.allSatisfy { $0.code == .connectionAborted })
        #expect(ends.filter { $0.bytesSent > 0 }.count == 1, "one had the turn")
      }
      let found = await churn.end()
      #expect(found.foreignBytes.load(ordering: .relaxed) == 0 && found.stolen.load(ordering: .relaxed) == 0)
    }

    @Test("the number goes back to the system once the last user has left, not before", arguments: StreamKind.allCases)
    func givesTheNumberBack(kind: StreamKind) async throws {
      let pair = try kind.smallPair()
      let number = pair.sender.descriptor.rawValue
      let identity = try #require(socketIdentity(number))
      let senders = (0..<4).map { _ in Sender(evenList(segments: 4, of: 1 << 18), on: pair.sender) }
      for sender in senders { await sender.untilBlocked() }
      #expect(socketIdentity(number) == identity)
      pair.sender.close()
      for sender in senders { #expect(await sender.value.code == .connectionAborted) }
      #expect(await eventually(within: .seconds(5)) { socketIdentity(number) != identity }, "the descriptor is still open")
    }

    @Test("TCP: after shutdown(.send) the peer reads all that was sent, then a clean end")
    func shutdownThenClose() async throws {
      let pair = try StreamKind.tcp.smallPair()
      let sender = Sender(evenList(segments: 40, of: 50_000), on: pair.sender)
      await sender.untilItWaitsForRoom()
      try pair.sender.shutdown(.send)
      pair.sender.close()
      let end = await sender.value
      #expect(end.code == .shutdown || end.code == .connectionAborted)
      let received = await Reader(pair.receiver).value
      #expect(received.end == 0 && received.bytes.count == end.bytesSent)
    }

    @Test("the object may go while a send of it is blocked: the send keeps it, and ends as it would")
    func ownerGoes() async throws {
      var pair: ConnectedPair? = try StreamKind.unix.smallPair()
      let receiver = pair!.receiver
      let sender = Sender(evenList(segments: 40, of: 50_000), on: pair!.sender)
      await sender.untilItWaitsForRoom()
      pair = nil
      let received = await Reader(receiver).value
      #expect(await sender.value.bytesSent == 2_000_000)
      #expect(received.end == 0 && received.bytes.count == 2_000_000, "closed once the send was done")
    }

    @Test("a send to an address that waits for a full receiver: interrupted")
    func closesSendTo() async throws {
      let receiver = try Socket(.unix, .datagram)
      try receiver.bind(to: abstractAddress())
      let address = try receiver.localAddress
      let socket = try Socket(.unix, .datagram)
      while SendEnd({ () throws(SocketError) in try socket.send([[7]], to: address, flags: .doNotWait) }).error == nil {}
      let sender = Sender { SendEnd { () throws(SocketError) in try socket.send([[1], [2]], to: address) } }
      await sender.untilItWaitsForRoom()
      let start = ContinuousClock.now
      socket.close()
      let end = await sender.value
      #expect(end.error == SocketError(code: .interrupted, errno: EINTR))
      #expect(start.duration(to: end.finished) < .seconds(1))
    }
  }
}

/// What tells the socket behind a number from any other; nil where the number is nobody's.
private func socketIdentity(_ number: CInt) -> UInt? {
  var status = stat()
  return fstat(number, &status) == 0 ? UInt(status.st_ino) : nil
}
