// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// How many signals were handled in this process.
let signalsHandled = Atomic<Int>(0)

/// Runs in a process of its own, as a signal's handler belongs to the whole process: SIGUSR1 interrupts what waits.
private func withStorm(on sender: Sender, _ body: () async throws -> Void) async rethrows {
  let stop = Flag()
  let storm = OwnThread<Void>.looping(until: stop) {
    sender.signal(SIGUSR1)
    usleep(1000)
  }
  try await body()
  stop.raise()
  await storm.value
  #expect(signalsHandled.load(ordering: .relaxed) > 0)
}

func handleSignalWithoutRestart() {
  let isHandled = handle(SIGUSR1) { _ in signalsHandled.add(1, ordering: .relaxed) }
  #expect(isHandled)
}

/// A time-out in the storm, by each way to set one, on both kinds of stream.
private func timeOutInTheStorm(trickling: Bool) async throws {
  handleSignalWithoutRestart()
  for kind in StreamKind.allCases {
    for source in TimeoutSource.allCases {
      let pair = try kind.smallPair()
      let stop = Flag()
      let reader = Reader(pair.receiver, Pace(piece: 512, pause: .milliseconds(10), most: trickling ? nil : 0), until: stop)
      let sender = try source.startSending(evenList(segments: 64, of: 1 << 16), on: pair.sender)
      await withStorm(on: sender) { _ = await sender.value }
      stop.raise()
      let end = await sender.value
      pair.sender.close()
      let read = await reader.value.bytes.count + Reader(pair.receiver).value.bytes.count
      #expect(end.code == .timedOut, "\(kind), \(source)")
      #expect(bounds.contains(end.duration), "\(kind), \(source)")
      #expect(read == end.bytesSent, "\(kind), \(source)")
    }
  }
}

extension SocketTests {
  /// .NET made 2330 ms of 300 ms under signals.
  @Suite("A signal every millisecond changes nothing", .serialized) struct SignalStormTests {
    @Test("300 ms with no reader")
    func noReader() async {
      await #expect(processExitsWith: .success) { try await timeOutInTheStorm(trickling: false) }
    }

    @Test("300 ms with a trickling reader")
    func tricklingReader() async {
      await #expect(processExitsWith: .success) { try await timeOutInTheStorm(trickling: true) }
    }

    @Test("EINTR is retried: a list goes whole, without a time-out too")
    func sendsAll() async {
      await #expect(processExitsWith: .success) {
        handleSignalWithoutRestart()
        for kind in StreamKind.allCases {
          let pair = try kind.smallPair()
          let list = randomList(segments: 3000, atMost: 600_000, seed: runSeed)
          let reader = Reader(pair.receiver, .slow)
          let sender = Sender(list, on: pair.sender)
          await withStorm(on: sender) { _ = await sender.value }
          pair.sender.close()
          #expect(await sender.value.error == nil, "\(kind)")
          #expect(firstDifference(await reader.value.bytes, list.joinedBytes) == nil, "\(kind), seed \(runSeed)")
        }
      }
    }

    @Test("a wait for a turn is not cut short, nor prolonged")
    func turn() async {
      await #expect(processExitsWith: .success) {
        handleSignalWithoutRestart()
        let pair = try StreamKind.unix.smallPair()
        let first = Sender(evenList(segments: 64, of: 1 << 16), on: pair.sender)
        await first.untilBlocked()
        pair.sender.sendTimeout = .milliseconds(300)
        let second = Sender([[1]], on: pair.sender)
        await withStorm(on: second) { _ = await second.value }
        let end = await second.value
        #expect(end.code == .timedOut && end.bytesSent == 0 && bounds.contains(end.duration))
        pair.sender.close()
        _ = await first.value
      }
    }
  }
}
