// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// The fields of the lines in `output` that are traces.
private func traceLines(_ output: [UInt8]) -> [[String: String]] {
  String(decoding: output, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("SocketSend: ") }.map { line in
    let fields = line.dropFirst("SocketSend: ".count).split(separator: " ").map { $0.split(separator: "=", maxSplits: 1) }
    // The outcome of a failure is two words, the second with the errno.
    return Dictionary(uniqueKeysWithValues: fields.map { (String($0[0]), String($0[1])) })
  }
}

/// A number that no other descriptor of the process has.
private let knownNumber: CInt = 777

/// Sends a list of three segments, fails on an empty one, and sends to a peer that is gone, all on `knownNumber`.
private func sendThreeTimes() throws {
  let pair = try unixPair(.stream)
  #expect(dup2(pair.sender.descriptor.rawValue, knownNumber) == knownNumber)
  let socket = Socket(adopting: SocketDescriptor(rawValue: knownNumber))
  #expect(try socket.send([[1, 2], [], [3]]) == 3)
  #expect(errorOfSending([], on: socket)?.code == .invalidArgument)
  pair.receiver.close()
  #expect(errorOfSending([[1], [2]], on: socket)?.code == .shutdown)
}

extension SocketTests {
  /// The variable is read at the first send, so each test has a process of its own.
  @Suite("Trace output: SOCKETSEND_TRACE") struct TraceLinesTests {
    @Test("switches it on from outside the code: one line a send, with its fields")
    func writesLines() async throws {
      let result = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          setenv("SOCKETSEND_TRACE", "1", 1)
          try sendThreeTimes()
        })
      let lines = traceLines(result.standardErrorContent)
      try #require(lines.count == 3)
      for line in lines {
        #expect(line["fd"] == "\(knownNumber)")
        #expect(try #require(line["microseconds"].flatMap { Int($0) }) >= 0)
        #expect(line["waits"] == "0")
      }
      #expect(lines.map { $0["segments"] } == ["3", "0", "2"])
      #expect(lines.map { $0["asked"] } == ["3", "0", "2"])
      #expect(lines.map { $0["accepted"] } == ["3", "0", "0"])
      #expect(lines.map { $0["calls"] } == ["1", "0", "1"])
      #expect(lines.map { $0["outcome"] } == ["ok", "invalidArgument", "shutdown"])
      #expect(lines.map { $0["errno"] } == [nil, "\(EINVAL)", "\(EPIPE)"])
    }

    @Test("counts waits and calls of a send that had to wait")
    func writesWaits() async throws {
      let result = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          setenv("SOCKETSEND_TRACE", "yes", 1)
          let pair = try StreamKind.unix.smallPair()
          pair.sender.sendTimeout = .milliseconds(20)
          let end = await Sender(evenList(segments: 10, of: 1 << 16), on: pair.sender).value
          #expect(end.code == .timedOut)
        })
      let line = try #require(traceLines(result.standardErrorContent).first)
      #expect(line["outcome"] == "timedOut" && line["errno"] == "\(ETIMEDOUT)")
      #expect(try #require(line["waits"].flatMap { Int($0) }) > 0)
      #expect(try #require(line["calls"].flatMap { Int($0) }) > 1)
      #expect(try #require(line["microseconds"].flatMap { Int($0) }) >= 20_000)
      let accepted = try #require(line["accepted"].flatMap { Int($0) })
      #expect(accepted > 0 && accepted < 655_360 && line["asked"] == "655360")
    }

    @Test("the hook gets the same, described as the line")
    func hookBeside() async throws {
      let result = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]) {
          setenv("SOCKETSEND_TRACE", "1", 1)
          SendTrace.observe { trace in
            print("observed \(trace)")
            fflush(nil)
          }
          try sendThreeTimes()
        })
      let observed = String(decoding: result.standardOutputContent, as: UTF8.self).split(separator: "\n")
        .filter { $0.hasPrefix("observed ") }.map { String($0.dropFirst("observed ".count)) }
      let written = String(decoding: result.standardErrorContent, as: UTF8.self).split(separator: "\n")
        .filter { $0.hasPrefix("SocketSend: ") }.map(String.init)
      #expect(observed == written && written.count == 3)
    }

    @Test("unset: not a line")
    func silentUnset() async throws {
      let result = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          unsetenv("SOCKETSEND_TRACE")
          try sendThreeTimes()
        })
      #expect(traceLines(result.standardErrorContent).isEmpty)
    }

    @Test("empty or 0: not a line")
    func silentZero() async throws {
      let empty = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          setenv("SOCKETSEND_TRACE", "", 1)
          try sendThreeTimes()
        })
      let zero = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          setenv("SOCKETSEND_TRACE", "0", 1)
          try sendThreeTimes()
        })
      #expect(traceLines(empty.standardErrorContent).isEmpty && traceLines(zero.standardErrorContent).isEmpty)
    }

    @Test("lines of several threads stay whole")
    func wholeLines() async throws {
      let result = try #require(
        await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
          setenv("SOCKETSEND_TRACE", "1", 1)
          let threads = try (0..<4).map { _ in
            let pair = try unixPair(.datagram)
            return OwnThread { for _ in 0..<50 { _ = try? pair.sender.send([[1]], flags: .doNotWait) } }
          }
          for thread in threads { await thread.value }
        })
      let lines = traceLines(result.standardErrorContent)
      #expect(lines.count == 200 && lines.allSatisfy { $0["asked"] == "1" && $0["outcome"] != nil })
    }
  }
}
