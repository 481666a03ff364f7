// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Synchronization

/// One run of `send`. It ends once: by itself, by a signal, or by the clock. Whoever holds the turn sends or ends it, so that
/// no byte goes after the count was told.
final class SendRun: Sendable {
  private struct Stop {
    var outcome: Outcome
    var cause: (any Error)?
  }

  private struct State {
    var phase = Phase.preparing
    var socket: Socket?
    var answer: AnswerCopy?
    var progress: ProgressDisplay?
    /// Asked for from outside; what fails after it failed because of it.
    var stop: Stop?
  }

  let deadline: ContinuousClock.Instant?
  private let address: Endpoint
  private let style: ReportStyle
  private let tally: SendTally
  private let start: ContinuousClock.Instant
  private let state = Mutex(State())
  private let turn = NSLock()

  init(to address: Endpoint, within timeout: Duration?, style: ReportStyle, tally: SendTally) {
    self.address = address
    self.style = style
    self.tally = tally
    let start = ContinuousClock.now
    self.start = start
    deadline = timeout.map { start + $0 }
  }
}

// MARK: The phases

extension SendRun {
  func beginConnecting() { state.withLock { $0.phase = .connecting } }

  /// - Parameter total: The bytes to send; nil where they are not known.
  func beginSending(on socket: Socket, copying answer: AnswerCopy, total: Int?, showsProgress: Bool) {
    let tally = tally
    let stop = state.withLock { state in
      state.phase = .sending
      state.socket = socket
      state.answer = answer
      if showsProgress { state.progress = ProgressDisplay(total: total) { tally.sums.bytes } }
      return state.stop
    }
    // It came before there was a socket to shut down.
    if let stop { endInTurn(stop) }
  }

  func beginReadingAnswer() {
    let progress = state.withLock { state in
      state.phase = .readingAnswer
      return state.progress
    }
    progress?.end()
    if style == .text { Self.say("\(SendReport.summary(tally.sums))\n") }
  }

  /// Sends the list whole, or throws. It waits until the deadline at most.
  func send(_ list: [any ByteSegment], flags: SocketFlags, on socket: Socket) throws {
    try sendWhole(list.byteCount, on: socket) { () throws(SocketError) in try socket.send(list, flags: flags) }
  }

  /// The same for slices, whose list takes less memory.
  func send(_ list: [ArraySegment<UInt8>], flags: SocketFlags, on socket: Socket) throws {
    try sendWhole(list.byteCount, on: socket) { () throws(SocketError) in try socket.send(list, flags: flags) }
  }

  private func sendWhole(_ count: Int, on socket: Socket, _ send: () throws(SocketError) -> Int) throws {
    turn.lock()
    defer { turn.unlock() }
    if let deadline { socket.sendTimeout = max(.microseconds(1), ContinuousClock.now.duration(to: deadline)) }
    do {
      let sent = try send()
      if sent < count { throw SocketError(code: .wouldBlock, errno: EAGAIN, bytesSent: sent) }
    } catch {
      if let stop = state.withLock({ $0.stop }) { end(stop.outcome, cause: stop.cause) }
      // Here, and not after the turn is given back: `expire` is about to take it and knows less.
      if (error as? SocketError)?.isOwnTimeout == true { end(.timedOut, cause: error) }
      throw error
    }
  }
}

// MARK: The end

extension SendRun {
  /// Everything was done.
  func finish() -> Never { endInTurn(Stop(outcome: .sent)) }

  /// The phase ended with an error.
  func fail(_ error: any Error) -> Never {
    let phase = state.withLock { $0.phase }
    endInTurn(Stop(outcome: phase.outcome(of: error), cause: error))
  }

  /// Ends the run from another thread. A send under way returns at once, as the sending side is shut down; the peer reads what
  /// was sent until then, which is what is told.
  func stop(_ outcome: Outcome, cause: (any Error)? = nil) -> Never {
    let stop = Stop(outcome: outcome, cause: cause)
    let socket = state.withLock { state in
      if state.stop == nil { state.stop = stop }
      return state.socket
    }
    try? socket?.shutdown(.send)
    endInTurn(stop)
  }

  /// The deadline has passed. A send under way ends by its own time-out, and is waited for here.
  func expire() -> Never { endInTurn(Stop(outcome: .timedOut)) }

  private func endInTurn(_ stop: Stop) -> Never {
    turn.lock()
    end(stop.outcome, cause: stop.cause)
  }

  /// The caller holds the turn and keeps it.
  private func end(_ outcome: Outcome, cause: (any Error)?) -> Never {
    let (phase, answer, progress) = state.withLock { ($0.phase, $0.answer, $0.progress) }
    progress?.end()
    let failure =
      outcome == .sent
      ? nil
      : SendFailure(outcome: outcome, action: phase.describe(address), cause: cause, bytesSent: tally.sums.bytes)
    if style == .json { printReport(outcome, failure, answerBytes: answer?.bytes ?? 0) }
    if style != .json, let failure { Self.say("Error: \(failure)\n") }
    exit(outcome.exitCode)
  }

  private func printReport(_ outcome: Outcome, _ failure: SendFailure?, answerBytes: Int) {
    let report = SendReport(
      outcome: outcome, address: address, sums: tally.sums, elapsed: start.duration(to: .now), answerBytes: answerBytes,
      failure: failure)
    do throws(Output.Unwritable) {
      try report.print()
    } catch {
      // What the report would have told first.
      if let failure { Self.say("Error: \(failure)\n") }
      Self.say("Error: \(error); \(tally.sums.bytes.counted("byte")) sent\n")
      exit(Outcome.outputFailed.exitCode)
    }
  }

  /// Nobody can be told where standard error cannot be written.
  private static func say(_ line: String) { try? Output.standardError.write(line) }
}
