// SPDX-License-Identifier: Apache-2.0
@testable import SocketSend
import SocketSendAsync
import Testing

/// How a send waits.
enum WaitingForm: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case blocking = "a thread that blocks"
  case suspending = "a task that suspends"

  var testDescription: String { rawValue }

  func start(_ list: [ArraySegment<UInt8>], on socket: Socket) -> Task<SendEnd, Never> {
    switch self {
    case .blocking:
      let sender = Sender(list, on: socket)
      return Task { await sender.value }
    case .suspending:
      return Task {
        let start = ContinuousClock.now
        var result: Result<Int, SocketError>
        do throws(SocketError) {
          result = .success(try await socket.send(list))
        } catch {
          result = .failure(error)
        }
        var end = SendEnd { () throws(SocketError) in try result.get() }
        end.duration = start.duration(to: .now)
        return end
      }
    }
  }
}

#if os(Linux)
  /// The processor time that this process has taken. `clock` counts microseconds on every POSIX system.
  private func processorTime() -> Duration { .microseconds(clock()) }

  /// The processor time that this thread has taken; that of the process where the kernel does not say it.
  private func processorTimeOfThread() -> Duration {
    let nanoseconds = textOfFile("/proc/thread-self/schedstat")?.prefix { $0.isNumber }
    return nanoseconds.flatMap { Int64($0) }.map { .nanoseconds($0) } ?? processorTime()
  }

  /// How often this thread has slept; nil where the kernel does not say it.
  private func sleepsOfThread() -> Int? {
    let lines = textOfFile("/proc/thread-self/status")?.split(separator: "\n") ?? []
    return lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }.flatMap { Int($0.filter(\.isNumber)) }
  }

  /// What an operation came to, and the processor time that it took: of the thread that blocked, or of the whole process if a task was
  /// suspended, since the event thread works for it. `sleeps` is how often the thread that blocked has slept; nil
  /// where that is not known.
  private struct Measured<End: Sendable>: Sendable {
    let end: End
    let used: Duration
    let sleeps: Int?

    init(form: WaitingForm, blocking: @escaping @Sendable () -> End, suspending: () async -> End) async {
      switch form {
      case .blocking:
        self = await OwnThread {
          let (before, sleepsBefore) = (processorTimeOfThread(), sleepsOfThread())
          let end = blocking()
          let sleeps = sleepsBefore.flatMap { before in sleepsOfThread().map { $0 - before } }
          return Measured(end: end, used: processorTimeOfThread() - before, sleeps: sleeps)
        }.value
      case .suspending:
        let before = processorTime()
        end = await suspending()
        used = processorTime() - before
        sleeps = nil
      }
    }

    private init(end: End, used: Duration, sleeps: Int?) {
      self.end = end
      self.used = used
      self.sleeps = sleeps
    }
  }

  extension WaitingForm {
    fileprivate func send(_ list: [ArraySegment<UInt8>], on socket: Socket) async -> Measured<SendEnd> {
      await Measured(
        form: self, blocking: { SendEnd { () throws(SocketError) in try socket.send(list) } },
        suspending: { await start(list, on: socket).value })
    }

    fileprivate func receive(on socket: Socket, within timeout: Duration) async -> Measured<BlockEnd> {
      await Measured(
        form: self, blocking: { BlockEnd { () throws(SocketError) in _ = try socket.receive(upTo: 9, timeout: timeout) } },
        suspending: {
          let start = ContinuousClock.now
          var result: Result<[UInt8], SocketError>
          do throws(SocketError) {
            result = .success(try await socket.receive(upTo: 9, timeout: timeout))
          } catch {
            result = .failure(error)
          }
          var end = BlockEnd { () throws(SocketError) in _ = try result.get() }
          end.duration = start.duration(to: .now)
          return end
        })
    }
  }

  extension SocketTests {
    /// The socket's error queue has the time at which bytes were sent, which nobody reads: poll and epoll report it again and again.
    @Suite("Waits that do not spin", .serialized) struct QuietWaitTests {
      private let large = evenList(segments: 64, of: 1 << 16)

      private func pairWithUnreadErrorQueue() throws -> ConnectedPair {
        let pair = try StreamKind.tcp.smallPair()
        let transmitTimes = 1 << 1 | 1 << 4 | 1 << 7  // SOF_TIMESTAMPING_TX_SOFTWARE, _SOFTWARE and _OPT_ID
        try pair.sender.setOption(SocketOption<Int>(level: SOL_SOCKET, name: SO_TIMESTAMPING), to: transmitTimes)
        _ = try pair.sender.send([[1]])
        var event = pollfd(fd: pair.sender.descriptor.rawValue, events: 0, revents: 0)
        #expect(poll(&event, 1, 20_000) == 1 && event.revents & Int16(POLLERR) != 0)
        return pair
      }

      /// Expects that 500 ms of waiting take little of a processor. A thread is charged for interrupts and for pauses of a virtual machine
      /// too, so there are up to three tries: a wait that spins does so each time.
      private func expectQuiet(
        _ form: WaitingForm, most: Duration? = nil, _ location: SourceLocation = #_sourceLocation,
        processorTimeOfWait: () async throws -> Duration
      ) async throws {
        // Measured: 0.7 to 1.3 ms of the thread, and 2.7 to 4.2 ms of the whole process, where other threads of the tests look at clocks.
        // A spinning wait takes all of a processor or two. A sanitizer has a thread of its own.
        let most = most ?? .milliseconds(hasSanitizer ? 125 : form == .blocking ? 10 : 20)
        var used = try await processorTimeOfWait()
        for _ in 1...2 where used >= most { used = try await processorTimeOfWait() }
        #expect(used < most, sourceLocation: location)
      }

      @Test("a time-out of 500 ms takes few system calls, and little of a processor", arguments: WaitingForm.allCases)
      func timeOut(form: WaitingForm) async throws {
        let pair = try pairWithUnreadErrorQueue()
        let traces = SendTraces()
        let observation = traces.start(pair.sender.descriptor)
        defer { observation.end() }
        pair.sender.sendTimeout = .milliseconds(500)
        try await expectQuiet(form) {
          let measured = await form.send(large, on: pair.sender)
          let end = measured.end
          #expect(end.error?.code == .timedOut && end.error?.isOwnTimeout == true)
          #expect(end.duration >= .milliseconds(500))
          let trace = try #require(traces.last)
          // Measured: 8 waits and 9 calls. A wait for a change ends after 100 ms. The first waits end when the peer's buffer takes bytes.
          #expect(trace.waits <= 20 && trace.systemCalls <= 40, "\(trace)")
          return measured.used
        }
      }

      @Test(
        "a receive's time-out of 500 ms takes little of a processor, and what comes before is received",
        arguments: WaitingForm.allCases)
      func receiveTimesOut(form: WaitingForm) async throws {
        let pair = try pairWithUnreadErrorQueue()
        try await expectQuiet(form) {
          let measured = await form.receive(on: pair.sender, within: .milliseconds(500))
          #expect(measured.end.error?.isOwnTimeout == true && measured.end.duration >= .milliseconds(500))
          // Measured: 6. A wait for a change ends after 100 ms.
          if let sleeps = measured.sleeps { #expect(sleeps <= 20) }
          return measured.used
        }
        let receiving = Task { await form.receive(on: pair.sender, within: .seconds(50)) }
        try await Task.sleep(for: .milliseconds(20))
        _ = try await pair.receiver.send([[1]])
        #expect(await receiving.value.end.error == nil)
      }

      /// Each byte that is sent adds an entry to the error queue: a change of the socket, and nothing to receive. The queue takes
      /// memory of the receive buffer.
      @Test(
        "a receive that saw 40 changes without data does not spin, and data that comes after them is received",
        arguments: WaitingForm.allCases)
      func receiveAmongChanges(form: WaitingForm) async throws {
        let pair = try pairWithUnreadErrorQueue()
        let sender = pair.sender
        try sender.setOption(.receiveBufferSize, to: 1 << 20)
        try sender.setOption(.noDelay, to: true)
        // Measured: 6 to 12 ms of the thread, for some 60 pauses.
        try await expectQuiet(form, most: .milliseconds(125)) {
          let changes = Task {
            for _ in 1...40 {
              _ = try await sender.send([[1]])
              _ = try await pair.receiver.receive(upTo: 9)
              try await Task.sleep(for: .milliseconds(1))
            }
          }
          let measured = await form.receive(on: sender, within: .milliseconds(600))
          #expect(measured.end.error?.isOwnTimeout == true && measured.end.duration >= .milliseconds(600))
          try await changes.value
          return measured.used
        }
        let receiving = Task { await form.receive(on: sender, within: .seconds(50)) }
        for _ in 1...40 { _ = try await sender.send([[1]]) }
        _ = try await pair.receiver.send([[1]])
        #expect(await receiving.value.end.error == nil)
      }

      @Test("a wait opens a watch only if the next try got nothing")
      func watchIsOpenedLate() throws {
        let pair = try pairWithUnreadErrorQueue()
        var wait = BlockingWait(for: 0, until: Deadline(in: 50_000_000_000))
        try wait.next(on: pair.sender.descriptor.rawValue)
        #expect(wait.watch == nil)
        try wait.next(on: pair.sender.descriptor.rawValue)
        #expect(wait.watch != nil)
      }

      @Test("a wait that cannot watch for changes pauses")
      func waitWithoutWatch() throws {
        // poll answers at once for a number that is not open, and epoll refuses the number.
        let notOpen: CInt = 1 << 20
        var wait = BlockingWait(for: Platform.data, until: Deadline(in: 50_000_000_000))
        let start = ContinuousClock.now
        for _ in 1...30 {
          try wait.next(on: notOpen)
          #expect(wait.watch == nil)
        }
        // 5 ms of pauses that become longer, then some 20 of 10 ms.
        #expect(start.duration(to: .now) >= .milliseconds(150))
      }

      @Test("a list arrives whole though the error queue is not read", arguments: WaitingForm.allCases)
      func arrives(form: WaitingForm) async throws {
        let pair = try pairWithUnreadErrorQueue()
        let send = form.start(large, on: pair.sender)
        let received = Reader(pair.receiver)
        let end = await send.value
        #expect(end.error == nil && end.bytesSent == large.byteCount)
        pair.sender.close()
        #expect(firstDifference(Array(await received.value.bytes.dropFirst()), large.joinedBytes) == nil)
      }

      @Test("close ends the wait though the error queue is not read", arguments: WaitingForm.allCases)
      func close(form: WaitingForm) async throws {
        let pair = try pairWithUnreadErrorQueue()
        let send = form.start(large, on: pair.sender)
        try await Task.sleep(for: .milliseconds(50))  // it may not wait yet; then it is refused, which is as good
        pair.sender.close()
        let end = await send.value
        #expect(end.error?.code == .connectionAborted || end.error?.code == .closed)
      }
    }
  }
#endif
