// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// What disturbs the senders of a round.
enum Disturbance: CaseIterable {
  case none
  case close
  case shutdown
  case peerCloses

  func allows(_ code: SocketError.Code) -> Bool {
    switch self {
    case .none: false
    case .close: [.closed, .connectionAborted, .interrupted].contains(code)
    case .shutdown: code == .shutdown
    case .peerCloses: [.shutdown, .connectionReset, .connectionAborted, .connectionRefused, .notConnected].contains(code)
    }
  }
}

/// How one round goes, drawn at random.
struct StressPlan: Sendable {
  let number: UInt32
  let senders: Int
  /// Sends go by `SocketDescriptor`; the number is not closed under them, as that is for its owner to see to.
  let byDescriptor: Bool
  let disturbance: Disturbance
  let delay: UInt32
  let closers: Int
  /// Sends have a short time-out, or may not wait, now and then.
  let isImpatient: Bool
  /// Another thread waits in a receive on the senders' socket.
  let hasReceive: Bool
  let pace: Pace

  init(number: UInt32, isStream: Bool, canLosePeer: Bool, using generator: inout SeededGenerator) {
    self.number = number
    byDescriptor = Int.random(in: 0..<4, using: &generator) == 0
    // Two threads that send on one stream past `Socket` may mix their lists.
    senders = byDescriptor && isStream ? 1 : .random(in: 1...4, using: &generator)
    var all = Disturbance.allCases
    if byDescriptor { all.removeAll { $0 == .close } } else { all += [.close, .close] }
    if !canLosePeer { all.removeAll { $0 == .peerCloses } }
    disturbance = all.randomElement(using: &generator)!
    delay = .random(in: 0...3000, using: &generator)
    closers = .random(in: 1...3, using: &generator)
    isImpatient = Bool.random(using: &generator)
    hasReceive = Int.random(in: 0..<3, using: &generator) == 0
    pace = [Pace(), Pace(piece: 3001, pause: .microseconds(20)), Pace(piece: 20_000)].randomElement(using: &generator)!
  }

  /// Whether a send may have ended so.
  func allows(_ error: SocketError) -> Bool {
    disturbance.allows(error.code) || isImpatient && (error.isOwnTimeout || error.code == .wouldBlock || error.isCancelled)
  }
}

/// The threads of a round and the socket they are busy with. The thread that runs the round waits for all of them.
struct StressCast {
  let plan: StressPlan
  let pair: ConnectedPair
  let findings: Findings
  let seed: UInt64
  let name: String

  /// Starts a sender, which sends `loads` until one of them ends in an error that no later send can get over.
  func sender(_ index: Int, _ loads: [Load], into results: Locked<[[SentLoad]]>) -> Worker {
    Worker("\(name), sender \(index)") { [plan, pair, findings, seed] worker in
      var generator = SeededGenerator(seed: seed &+ UInt64(index))
      for (place, load) in loads.enumerated() {
        let list = load.list(using: &generator)
        worker.move("sends list \(place), \(load.byteCount) bytes")
        let end = send(list, on: pair.sender, plan, using: &generator)
        findings.count(end)
        results.withLock { $0[index].append(SentLoad(load: load, end: end)) }
        if let error = end.error, error.code != .timedOut, error.code != .wouldBlock, !error.isCancelled { return }
      }
    }
  }

  /// Starts the threads that disturb the senders from their own side.
  func disturbers() -> [Worker] {
    switch plan.disturbance {
    case .none, .peerCloses: return []
    case .close:
      return (0..<plan.closers).map { index in
        Worker("\(name), closer \(index)") { [plan, pair, findings] worker in
          usleep(plan.delay)
          worker.move("closes")
          pair.sender.close()
          findings.closes.add(1, ordering: .relaxed)
        }
      }
    case .shutdown:
      return [
        Worker("\(name), shutdown") { [plan, pair, findings] worker in
          usleep(plan.delay)
          worker.move("shuts down")
          try? pair.sender.shutdown(.send)
          findings.shutdowns.add(1, ordering: .relaxed)
        }
      ]
    }
  }

  /// Starts a thread that waits in a receive on the senders' socket, until that is closed.
  func receive() -> Worker? {
    guard plan.hasReceive else { return nil }
    return Worker("\(name), receive") { [pair] worker in
      worker.move("receives")
      _ = try? pair.sender.receive(upTo: 10)
    }
  }
}

private func send(
  _ list: [ArraySegment<UInt8>], on socket: Socket, _ plan: StressPlan, using generator: inout SeededGenerator
) -> SendEnd {
  let doesNotWait = plan.isImpatient && Int.random(in: 0..<8, using: &generator) == 0
  let timeout: Duration? =
    plan.isImpatient && Bool.random(using: &generator) ? .microseconds(Int.random(in: 0...2000, using: &generator)) : nil
  let flags: SocketFlags = doesNotWait ? .doNotWait : []
  if !plan.byDescriptor { socket.sendTimeout = timeout }
  if Bool.random(using: &generator) {
    let isCancelled = plan.isImpatient && Int.random(in: 0..<4, using: &generator) == 0
    return sendByTask(
      list, on: socket, byDescriptor: plan.byDescriptor, flags: flags, timeout: timeout,
      cancelledAfter: isCancelled ? .random(in: 0...2000, using: &generator) : nil)
  }
  if plan.byDescriptor {
    let descriptor = socket.descriptor
    return SendEnd { () throws(SocketError) in try descriptor.send(list, flags: flags, timeout: timeout) }
  }
  return SendEnd { () throws(SocketError) in try socket.send(list, flags: flags) }
}

extension SocketError {
  /// Whether the send's task was cancelled.
  fileprivate var isCancelled: Bool { code == .operationAborted && errno == ECANCELED }
}
