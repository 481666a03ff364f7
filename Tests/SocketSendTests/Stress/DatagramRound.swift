// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// Threads that send messages on one socket, are disturbed, and a reader whose messages are compared. Returns what is wrong.
func datagramRound(
  _ kind: DatagramKind, number: UInt32, _ findings: Findings, _ worker: Worker, using generator: inout SeededGenerator
) throws -> [String] {
  // A UDP port that was given back may be another round's receiver.
  let plan = StressPlan(number: number, isStream: false, canLosePeer: kind != .udp, using: &generator)
  worker.move("opens \(kind)")
  let pair = try kind.pair()
  if Bool.random(using: &generator) { try pair.sender.setOption(.sendBufferSize, to: 8192) }
  let cast = StressCast(
    plan: plan, pair: pair, findings: findings, seed: generator.next(), name: "\(worker.name), round \(number)")
  let results = Locked([[SentLoad]](repeating: [], count: plan.senders))
  let received = Locked([[UInt8]]())
  let sendersAreDone = Flag()
  let most = plan.disturbance == .peerCloses ? Int.random(in: 0...40, using: &generator) : .max
  let reader = Worker("\(cast.name), reader") { reader in
    reader.move("reads")
    let messages = readMessages(pair.receiver, most: most, until: sendersAreDone)
    received.withLock { $0 = messages }
    if most != .max { pair.receiver.close() }
  }
  let receive = cast.receive()
  let senders = (0..<plan.senders).map { cast.sender($0, messageLoads($0, number, using: &generator), into: results) }
  let disturbers = cast.disturbers()
  worker.move("waits for its senders: \(plan)")
  for thread in senders + disturbers { thread.join() }
  worker.move("closes and waits for its reader: \(plan)")
  pair.sender.close()
  findings.closes.add(1, ordering: .relaxed)
  sendersAreDone.raise()
  receive?.join()
  reader.join()
  pair.receiver.close()
  let messages = received.withLock { $0 }
  findings.bytesRead.add(messages.reduce(0) { $0 + $1.count }, ordering: .relaxed)
  let sent = results.withLock { $0 }
  let wrong = complaints(about: sent, plan) + complaints(about: messages, of: sent, plan, kind)
  return wrong.map { "\($0) [\(kind), \(plan)]" }
}

/// Messages that tell their sender, its count, and the round they belong to.
private func messageLoads(_ sender: Int, _ round: UInt32, using generator: inout SeededGenerator) -> [Load] {
  (0..<UInt8.random(in: 1...60, using: &generator)).map { place in
    let head = [UInt8(sender), place] + (0..<4).map { UInt8(truncatingIfNeeded: round >> ($0 * 8)) }
    return Load(
      head: head, count: .random(in: 0...[8, 2000].randomElement(using: &generator)!, using: &generator), using: &generator)
  }
}

/// Reads messages to the connection's end, to the `most`, or until there are none after the flag was raised.
private func readMessages(_ socket: Socket, most: Int, until done: Flag) -> [[UInt8]] {
  var messages: [[UInt8]] = []
  var buffer = [UInt8](repeating: 0, count: 4096)
  while messages.count < most {
    // Before the look for a message: what is sent before the flag is found after it.
    let isLast = done.isRaised
    let count = recv(socket.descriptor.rawValue, &buffer, buffer.count, CInt(MSG_DONTWAIT))
    if count > 0 {
      messages.append(Array(buffer[..<count]))
    } else if count == 0 || errno != EAGAIN || isLast {
      return messages
    } else {
      var request = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLIN), revents: 0)
      poll(&request, 1, 2)
    }
  }
  return messages
}

/// Every message has to be one that was sent, whole; none comes twice. Unix sockets lose none and keep each sender's order.
private func complaints(
  about messages: [[UInt8]], of senders: [[SentLoad]], _ plan: StressPlan, _ kind: DatagramKind
) -> [String] {
  var wrong: [String] = []
  var seen = senders.map { $0.map { _ in false } }
  var last = senders.map { _ in -1 }
  for message in messages {
    let sender = Int(message[0])
    guard message.count >= 6, senders.indices.contains(sender), senders[sender].indices.contains(Int(message[1])) else {
      wrong.append("a message of \(message.count) bytes is nobody's")
      continue
    }
    let place = Int(message[1])
    let sent = senders[sender][place]
    if sent.end.error != nil { wrong.append("a message arrived whose send failed: \(sent.end)") }
    if message.count != sent.load.byteCount || !sent.load.matches(message, at: 0, count: message.count) {
      wrong.append("a message of \(message.count) bytes is not what was sent")
    }
    if seen[sender][place] { wrong.append("a message came twice") }
    if kind != .udp && place < last[sender] { wrong.append("a sender's messages changed places") }
    seen[sender][place] = true
    last[sender] = place
  }
  if kind == .udp || plan.disturbance == .peerCloses { return wrong }
  let missing = zip(senders, seen).reduce(0) { sum, pair in
    sum + zip(pair.0, pair.1).count { $0.end.error == nil && !$1 }
  }
  return missing == 0 ? wrong : wrong + ["\(missing) messages that were sent did not arrive"]
}
