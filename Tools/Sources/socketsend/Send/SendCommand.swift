// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation
import SocketSend

/// `socketsend send`: files as segments to any server.
struct Send: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Send files to an address, then copy the answer to standard output.",
    discussion: """
      The files go in order, as segments of gathered sends. Then the sending side of the connection is shut down, and what \
      the server answers goes to standard output until the server closes. What was sent is said on standard error, and on a \
      terminal a long send shows its progress. Ctrl-C ends the run at once and says how much went.

      EXAMPLES:
        socketsend 127.0.0.1:8080 head.txt body.bin
        tar c directory | socketsend --rate 1M --timeout 10m host:9000 -
        socketsend --json --answer reply.bin /run/server.sock request.bin
        socketsend --segment-size 512 --repeat 100 --trace @name file

      EXIT CODES:
        0    all was sent, and the answer ended in order
        64   the command line is wrong, the answer would go to a file that is sent, or the socket does not take the flags
        66   a file cannot be read, or became shorter while it was sent
        68   the host's name is unknown
        69   no connection
        74   the answer, or what --json writes, cannot be written
        75   only a part was sent, none perhaps; the error says how many bytes
        76   all was sent, but the answer broke off
        124  the time-out passed
        130  interrupted (SIGINT, Ctrl-C)
        143  terminated (SIGTERM)
      """)

  @OptionGroup var options: SendOptions

  func run() throws {
    // Before the first send, at which the library reads it.
    if options.trace { setenv("SOCKETSEND_TRACE", "1", 1) }
    SendTally.counting { tally in
      let run = SendRun(to: options.address, within: options.timeout, style: options.style, tally: tally)
      let watch = RunWatch(run)
      withExtendedLifetime(watch) {
        do { try carryOut(run) } catch { run.fail(error) }
        run.finish()
      }
    }
  }

  private func carryOut(_ run: SendRun) throws {
    let inputs = try options.files.map { try CheckedInput($0) }
    let total = try CheckedInput.total(of: inputs.map(\.size), rounds: options.rounds)
    let copy = try answerCopy(besides: inputs)
    run.beginConnecting()
    let socket = try options.address.connect()
    run.beginSending(on: socket, copying: copy, total: total, showsProgress: options.showsProgress)
    // Not before: a run that finds no server leaves the last answer as it was.
    try copy.empty()
    // From the start, as a server that answers early would else stop reading once its answer finds no room.
    let answer = BlockingWork {
      do { try copy.run(from: socket) } catch let error as Output.Unwritable { run.stop(.outputFailed, cause: error) }
    }
    do {
      try send(inputs, on: socket, by: run)
      try socket.shutdown(.send)
    } catch {
      // What the server said before it ended the connection often tells why.
      if SendFailure.isEndOfConnection(error) { _ = try? answer.value() }
      throw error
    }
    run.beginReadingAnswer()
    try answer.value()
  }

  private func answerCopy(besides inputs: [CheckedInput]) throws -> AnswerCopy {
    if options.json, options.answer == nil { return AnswerCopy() }
    try AnswerCopy.refuse(options.answer, among: inputs)
    return try AnswerCopy(path: options.answer)
  }

  private func send(_ inputs: [CheckedInput], on socket: Socket, by run: SendRun) throws {
    let sender = ListSender(
      run: run, socket: socket, flags: options.flags, bytesPerSecond: options.rate, showsProgress: options.showsProgress)
    let reader = InputReader(segmentSize: options.segmentSize, mayMakeRegions: !options.flags.contains(.outOfBand))
    var lists = ListCollector(send: sender.send, sendWithRegion: sender.send)
    for _ in 0..<options.rounds {
      for input in inputs { try reader.read(input, into: &lists) }
    }
    try lists.flush()
  }
}
