// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

extension SocketTests {
  @Suite("A long async send lets other tasks run", .serialized) struct YieldTests {
    /// More than two offers take: an offer has at most 96 KiB of segments that are copied. The socket has room for all of it.
    private let list = separateList(segments: 1200, of: 240, filledWith: 3)

    /// Sends the list while nobody reads, and returns how many jobs that took. A task may also go on within its job, if the system resumes
    /// it before it has left its thread: so this tries some sends, until one took several jobs.
    private func jobsOfSending(_ check: (ConnectedPair, () async throws -> Int) async throws -> Int) async throws -> Int {
      for _ in 0..<100 {
        let pair = try StreamKind.unix.pair(sendBuffer: 1 << 20)
        let jobs = try await check(pair) {
          let executor = CountingExecutor()
          let sent = try await Task(executorPreference: executor) { [list] in try await pair.sender.send(list) }.value
          #expect(sent == list.byteCount)
          return executor.jobs
        }
        if jobs > 1 { return jobs }
      }
      return 1
    }

    @Test("between two offers of a list for which there is room")
    func betweenOffers() async throws {
      let jobs = try await jobsOfSending { pair, send in
        let traces = SendTraces()
        let observation = traces.start(pair.sender.descriptor)
        defer { observation.end() }
        let jobs = try await send()
        let trace = try #require(traces.last)
        // No job is the end of a wait.
        #expect(trace.waits == 0 && trace.systemCalls > 2)
        return jobs
      }
      #expect(jobs > 1)
      // Without an observer, other code makes the first offer, so both are tested.
      #expect(try await jobsOfSending { _, send in try await send() } > 1)
    }

    @Test("not where one offer takes the whole list")
    func oneOffer() async throws {
      let pair = try StreamKind.unix.pair()
      let executor = CountingExecutor()
      let sent = try await Task(executorPreference: executor) { try await pair.sender.send([[1], [2]]) }.value
      #expect(sent == 2 && executor.jobs == 1)
    }
  }
}
