// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// Threads that send lists on one stream, are disturbed, and a reader whose bytes are compared. Returns what is wrong.
func streamRound(
  _ kind: StreamKind, number: UInt32, _ findings: Findings, _ worker: Worker, using generator: inout SeededGenerator
) throws -> [String] {
  let plan = StressPlan(number: number, isStream: true, canLosePeer: true, using: &generator)
  worker.move("connects by \(kind)")
  let pair = try Bool.random(using: &generator) ? kind.smallPair() : kind.pair(sendBuffer: 65_536, receiveBuffer: 65_536)
  let cast = StressCast(
    plan: plan, pair: pair, findings: findings, seed: generator.next(), name: "\(worker.name), round \(number)")
  let results = Locked([[SentLoad]](repeating: [], count: plan.senders))
  let received = Locked(Received())
  let most = plan.disturbance == .peerCloses ? Int.random(in: 0...200_000, using: &generator) : nil
  let reader = Worker("\(cast.name), reader") { reader in
    reader.move("reads")
    let bytes = readAll(pair.receiver, Pace(piece: plan.pace.piece, pause: plan.pace.pause, most: most))
    received.withLock { $0 = bytes }
    if most != nil { pair.receiver.close() }
  }
  let receive = cast.receive()
  let senders = (0..<plan.senders).map { cast.sender($0, streamLoads($0, using: &generator), into: results) }
  let disturbers = cast.disturbers()
  worker.move("waits for its senders: \(plan)")
  for thread in senders + disturbers { thread.join() }
  worker.move("closes and waits for its reader: \(plan)")
  pair.sender.close()
  findings.closes.add(1, ordering: .relaxed)
  receive?.join()
  reader.join()
  pair.receiver.close()
  return check(received.withLock { $0 }, results.withLock { $0 }, plan, kind, findings)
}

private func streamLoads(_ sender: Int, using generator: inout SeededGenerator) -> [Load] {
  (0..<Int.random(in: 1...16, using: &generator)).map { _ in
    let longest = [10, 1000, 9000, 90_000].randomElement(using: &generator)!
    return Load(head: [UInt8(sender)], count: .random(in: 0...longest, using: &generator), using: &generator)
  }
}

private func check(
  _ received: Received, _ results: [[SentLoad]], _ plan: StressPlan, _ kind: StreamKind, _ findings: Findings
) -> [String] {
  findings.bytesRead.add(received.bytes.count, ordering: .relaxed)
  var wrong = complaints(about: results, plan)
  // The reader stopped first, or the close aborted a TCP connection: the rest is lost, what came before is not.
  let isReset = kind == .tcp && plan.disturbance == .close && received.end == ECONNRESET
  let mayEndEarly = plan.disturbance == .peerCloses || isReset
  wrong += complaints(about: received.bytes, of: results, mayEndEarly: mayEndEarly)
  if !mayEndEarly && received.end != 0 { wrong.append("the stream ended with \(String(describing: received.end))") }
  return wrong.map { "\($0) [\(kind), \(plan)]" }
}

/// What is wrong with the ends of sends: an error that nothing in the round explains, or a count that does not agree with it.
func complaints(about results: [[SentLoad]], _ plan: StressPlan) -> [String] {
  results.joined().compactMap { sent in
    let bytes = sent.load.byteCount
    guard let error = sent.end.error else {
      // A send that may not wait gives the count of what fitted.
      return sent.end.bytesSent == bytes || plan.isImpatient && 1..<bytes ~= sent.end.bytesSent
        ? nil : "a send without an error counts \(sent.end.bytesSent) of \(bytes) bytes"
    }
    if !plan.allows(error) { return "a send of \(bytes) bytes ended with \(error)" }
    return 0..<bytes ~= error.bytesSent ? nil : "a send of \(bytes) bytes ended with \(error)"
  }
}
