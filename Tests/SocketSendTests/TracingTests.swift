// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

extension SocketTests {
  @Suite("Trace output: the hook", .serialized) struct TracingTests {
    @Test("gets what a send did")
    func success() throws {
      let pair = try unixPair(.stream)
      let trace = try #require(
        try SendTraces.of(pair.sender) { #expect(errorOfSending([[1, 2], [], [3]], on: pair.sender) == nil) }.first)
      #expect(trace.descriptor == pair.sender.descriptor && !trace.isDatagram)
      #expect(trace.segments == 3 && trace.bytesAsked == 3 && trace.bytesAccepted == 3)
      #expect(trace.systemCalls == 1 && trace.waits == 0 && trace.error == nil)
      #expect(trace.duration > .zero && trace.duration < .seconds(5))
    }

    @Test("gets the error that the send threw")
    func failure() throws {
      let socket = try Socket(.ipv4, .stream)
      var thrown: [SocketError?] = []
      let traces = try SendTraces.of(socket) {
        thrown.append(errorOfSending([], on: socket))
        thrown.append(errorOfSending([[1]], on: socket, flags: .partial))
        thrown.append(errorOfSending([[1], [2]], on: socket))
        socket.close()
        thrown.append(errorOfSending([[1]], on: socket))
      }
      #expect(traces.map(\.error) == thrown && thrown.allSatisfy { $0 != nil })
      #expect(traces.map(\.systemCalls) == [0, 0, 1, 0])
      #expect(traces.map(\.segments) == [0, 1, 2, 1] && traces.map(\.bytesAsked) == [0, 1, 2, 1])
      #expect(traces.allSatisfy { $0.bytesAccepted == 0 })
    }

    @Test("counts the waits, and the bytes of a send that timed out")
    func waits() async throws {
      let pair = try StreamKind.unix.smallPair()
      let traces = SendTraces()
      let observation = traces.start(pair.sender.descriptor)
      defer { observation.end() }
      pair.sender.sendTimeout = .milliseconds(50)
      let end = await Sender(evenList(segments: 64, of: 1 << 16), on: pair.sender).value
      let trace = try #require(traces.last)
      #expect(end.code == .timedOut && trace.error == end.error)
      #expect(trace.bytesAccepted == end.bytesSent && trace.bytesAsked == 64 << 16)
      #expect(trace.waits > 0 && trace.systemCalls > 1)
      #expect(trace.duration >= .milliseconds(50) && trace.duration <= end.duration)
    }

    @Test("counts the time a send waits for its turn")
    func turn() async throws {
      let pair = try StreamKind.unix.smallPair()
      let first = Sender(evenList(segments: 64, of: 1 << 16), on: pair.sender)
      await first.untilBlocked()
      let traces = SendTraces()
      let observation = traces.start(pair.sender.descriptor)
      defer { observation.end() }
      pair.sender.sendTimeout = .milliseconds(50)
      let end = await Sender([[1]], on: pair.sender).value
      let trace = try #require(traces.last)
      #expect(trace.error == end.error && end.code == .timedOut)
      #expect(trace.systemCalls == 0 && trace.duration >= .milliseconds(50))
      pair.sender.close()
      _ = await first.value
    }

    @Test("sees SocketDescriptor, and sends to an address")
    func everyWay() throws {
      let receiver = try boundUDP()
      let socket = try Socket(.ipv4, .datagram)
      let address = try receiver.localAddress
      let traces = try SendTraces.of(socket) {
        _ = try socket.send([[1]], to: address)
        try socket.connect(to: address)
        _ = try socket.descriptor.send(evenList(segments: 2000, of: 2))
        _ = try socket.descriptor.send([[1, 2, 3]], timeout: .seconds(1))
      }
      #expect(traces.map(\.bytesAccepted) == [1, 4000, 3])
      #expect(traces.map(\.systemCalls) == [1, 1, 1] && traces.allSatisfy(\.isDatagram))
    }

    @Test("runs on the thread that sent, and may send itself")
    func onTheThread() async throws {
      let pair = try unixPair(.stream)
      let threads = Locked<[Int]>([])
      let descriptor = pair.sender.descriptor
      let observation = SendTrace.observe { trace in
        guard trace.descriptor == descriptor, trace.bytesAsked > 1 else { return }
        threads.withLock { $0.append(threadNumber()) }
        _ = try? pair.sender.send([[9]])
      }
      defer { observation.end() }
      let thread = await OwnThread {
        _ = try? pair.sender.send([[1], [2]])
        return threadNumber()
      }.value
      #expect(threads.withLock { $0 } == [thread])
      #expect(try receiveHere(upTo: 9, from: pair.receiver) == [1, 2, 9])
    }

    @Test("several at once, in order, each until its end")
    func several() throws {
      let pair = try unixPair(.stream)
      let descriptor = pair.sender.descriptor
      let calls = Locked<[String]>([])
      let observations = ["a", "b", "c"].map { name in
        SendTrace.observe { trace in
          if trace.descriptor == descriptor { calls.withLock { $0.append("\(name)\(trace.bytesAsked)") } }
        }
      }
      #expect(Set(observations).count == 3)
      for count in 1...4 {
        #expect(try pair.sender.send([[UInt8](repeating: 7, count: count)]) == count)
        if count < 4 { observations[[1, 0, 2][count - 1]].end() }
        // A second end, of one that is over, ends no other.
        observations[1].end()
      }
      #expect(calls.withLock { $0 } == ["a1", "b1", "c1", "a2", "c2", "c3"])
    }

    @Test("an end in vain does not end a later observation")
    func endsOnce() throws {
      let pair = try unixPair(.stream)
      let first = SendTraces()
      let second = SendTraces()
      let ended = first.start(pair.sender.descriptor)
      ended.end()
      let observation = second.start(pair.sender.descriptor)
      ended.end()
      #expect(try pair.sender.send([[1]]) == 1)
      observation.end()
      #expect(try pair.sender.send([[2]]) == 1)
      #expect(first.all.isEmpty && second.all.count == 1)
    }

    @Test("goes on where the observation's value is dropped")
    func dropped() async throws {
      await #expect(processExitsWith: .success) {
        let pair = try unixPair(.stream)
        let seen = Atomic<Int>(0)
        SendTrace.observe { _ in seen.add(1, ordering: .relaxed) }
        #expect(try sendHere([[1]], on: pair.sender) == 1)
        #expect(try sendHere([[2]], on: pair.sender) == 1)
        #expect(seen.load(ordering: .relaxed) == 2)
      }
    }

    @Test("an observer may end itself, end others and add others: from the next send on")
    func changesInside() throws {
      let pair = try unixPair(.stream)
      let descriptor = pair.sender.descriptor
      let added = SendTraces()
      let ended = SendTraces()
      let calls = Atomic<Int>(0)
      let observations = Locked<[SendTrace.Observation]>([])
      let observation = SendTrace.observe { trace in
        guard trace.descriptor == descriptor else { return }
        calls.add(1, ordering: .relaxed)
        for observation in observations.withLock({ $0 }) { observation.end() }
        observations.withLock { $0 = [added.start(descriptor)] }
      }
      observations.withLock { $0 = [observation, ended.start(descriptor)] }
      defer { observations.withLock { $0 }.forEach { $0.end() } }
      for _ in 0..<3 { #expect(try pair.sender.send([[1]]) == 1) }
      #expect(calls.load(ordering: .relaxed) == 1)
      #expect(ended.all.count == 1 && added.all.count == 2)
    }

    @Test("what an observer owns may send while it goes")
    func sendsWhileItGoes() throws {
      let pair = try unixPair(.stream)
      let observation: SendTrace.Observation
      do {
        let owned = SendsAtItsEnd(pair.sender)
        observation = SendTrace.observe { _ in extendLifetime(owned) }
      }
      observation.end()
      #expect(try pair.receiver.receive(upTo: 9) == [5])
    }

    @Test("without observers sends are not traced")
    func switchedOff() async {
      await #expect(processExitsWith: .success) {
        unsetenv("SOCKETSEND_TRACE")
        let pair = try unixPair(.stream)
        let observations = (0..<2).map { _ in SendTrace.observe { _ in } }
        for observation in observations {
          #expect(mayTrace)
          observation.end()
        }
        #expect(!mayTrace)
        #expect(try sendHere([[1]], on: pair.sender) == 1)
      }
    }

    @Test("comes and goes while other threads send")
    func concurrently() async throws {
      let stop = Flag()
      let senders = try (0..<2).map { _ in
        let pair = try unixPair(.datagram)
        return OwnThread<Void>.looping(until: stop) {
          _ = try? pair.sender.send([[1]])
          _ = nextMessage(pair.receiver)
        }
      }
      let seen = Atomic<Int>(0)
      for _ in 0..<2000 {
        let observation = SendTrace.observe { _ in seen.add(1, ordering: .relaxed) }
        await Task.yield()
        observation.end()
      }
      // The last observer stays, whatever the senders did meanwhile.
      let last = Atomic<Int>(0)
      let observation = SendTrace.observe { _ in last.add(1, ordering: .relaxed) }
      #expect(await eventually { last.load(ordering: .relaxed) > 100 })
      observation.end()
      stop.raise()
      for sender in senders { await sender.value }
    }
  }
}

/// Sends when its last reference goes.
private final class SendsAtItsEnd: Sendable {
  private let socket: Socket

  init(_ socket: Socket) { self.socket = socket }

  deinit { _ = try? socket.send([[5]]) }
}
