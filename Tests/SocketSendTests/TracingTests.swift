// SPDX-License-Identifier: Apache-2.0
import Glibc
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
      traces.start(pair.sender.descriptor)
      defer { SendTrace.observe(nil) }
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
      traces.start(pair.sender.descriptor)
      defer { SendTrace.observe(nil) }
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
      let threads = Locked<[pthread_t]>([])
      let descriptor = pair.sender.descriptor
      SendTrace.observe { trace in
        guard trace.descriptor == descriptor, trace.bytesAsked > 1 else { return }
        threads.withLock { $0.append(pthread_self()) }
        _ = try? pair.sender.send([[9]])
      }
      defer { SendTrace.observe(nil) }
      let thread = await OwnThread {
        _ = try? pair.sender.send([[1], [2]])
        return pthread_self()
      }.value
      #expect(threads.withLock { $0 } == [thread])
      #expect(try receiveHere(upTo: 9, from: pair.receiver) == [1, 2, 9])
    }

    @Test("is replaced by the next one, and ended by nil")
    func ends() throws {
      let pair = try unixPair(.stream)
      let first = SendTraces()
      let second = SendTraces()
      first.start(pair.sender.descriptor)
      _ = try pair.sender.send([[1]])
      second.start(pair.sender.descriptor)
      _ = try pair.sender.send([[2]])
      SendTrace.observe(nil)
      _ = try pair.sender.send([[3]])
      #expect(first.all.count == 1 && second.all.count == 1)
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
        SendTrace.observe { _ in seen.add(1, ordering: .relaxed) }
        await Task.yield()
        SendTrace.observe(nil)
      }
      // The last observer stays, whatever the senders did meanwhile.
      let last = Atomic<Int>(0)
      SendTrace.observe { _ in last.add(1, ordering: .relaxed) }
      #expect(await eventually { last.load(ordering: .relaxed) > 100 })
      SendTrace.observe(nil)
      stop.raise()
      for sender in senders { await sender.value }
    }
  }
}
