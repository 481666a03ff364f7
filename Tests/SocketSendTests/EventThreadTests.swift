// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

@testable import SocketSendAsync

/// How one wait ended, and when.
private struct End: Sendable {
  let wait: Wait
  let end: WaitEnd
  let time: UInt64

  /// Begins a wait on the module's thread.
  init(of wait: Wait) async {
    self.wait = wait
    end = await SocketEvents.shared.awaitEnd(of: wait)
    time = monotonicNanoseconds()
  }

  var isEarly: Bool { end == .timeOut && time < wait.deadline }
}

/// A Unix socket without room, and its peer. The number is closed as `Socket` does it.
private struct FullPair: Sendable {
  let full: CInt
  let peer: CInt

  init() {
    var numbers: [CInt] = [-1, -1]
    precondition(socketpair(AF_UNIX, closingOnExec(.stream), 0, &numbers) == 0, "no socket pair: \(errno)")
    for number in numbers { _ = fcntl(number, F_SETFL, O_NONBLOCK) }
    (full, peer) = (numbers[0], numbers[1])
    var size: CInt = 4096
    setsockopt(full, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<CInt>.size))
    let bytes = [UInt8](repeating: 0, count: 1024)
    while send(full, bytes, bytes.count, 0) > 0 {}
  }

  /// Reads all that is there: the socket has room.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 1 << 16)
    while recv(peer, &bytes, bytes.count, 0) > 0 {}
  }

  func close() {
    SocketEvents.shared.forget(full)
    closeFile(full)
    closeFile(peer)
  }
}

extension SocketTests {
  @Suite("The thread that waits for all sockets", .serialized) struct EventThreadTests {
    init() { #expect(SocketEvents.shared.start() == 0) }

    @Test("100 000 time-outs of 1 to 20 ms, 10 000 at a time: none early, and none forgotten")
    func timeOuts() async {
      let pairs = (0..<64).map { _ in FullPair() }
      for round in 0..<10 {
        let ends = await withTaskGroup(of: End.self) { group in
          for index in 0..<10_000 {
            let time = UInt64(1_000_000 + (index * 7919 + round * 104_729) % 19_000_000)
            let reason: WaitReason = index % 3 == 0 ? .noEvent : .room
            let descriptor = pairs[index % pairs.count].full
            group.addTask { await End(of: Wait(for: reason, on: descriptor, until: monotonicNanoseconds() + time)) }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(ends.count == 10_000)
        #expect(ends.allSatisfy { $0.end == .timeOut }, "\(ends.first { $0.end != .timeOut } as Any)")
        #expect(!ends.contains { $0.isEarly }, "\(ends.first { $0.isEarly } as Any)")
      }
      for pair in pairs { pair.close() }
    }

    @Test("cancel, close, an answer, room and the time-out race from several threads: each wait ends once, for one of them")
    func races() async {
      var counts: [String: Int] = [:]
      for round in 0..<150 {
        let pair = FullPair()
        let waits = (0..<8).map { index in
          let time = UInt64(100_000 + (round * 37 + index * 211) % 900 * 1000)
          return Wait(for: index % 4 == 3 ? .noEvent : .room, on: pair.full, until: monotonicNanoseconds() + time)
        }
        let tasks = waits.map { wait in Task { await End(of: wait) } }
        let pause = UInt32(round * 13 % 700)
        let threads = [
          OwnThread<Void> {
            usleep(pause)
            for task in tasks[..<3] { task.cancel() }
          },
          OwnThread<Void> {
            usleep(pause)
            for wait in waits[2...] where wait.reason == .noEvent { SocketEvents.shared.end(wait) }
            if round % 2 == 0 { SocketEvents.shared.endWaits(on: pair.full) }
          },
          OwnThread<Void> {
            usleep(pause)
            if round % 3 == 0 { pair.drain() }
          },
        ]
        for (index, task) in tasks.enumerated() {
          let end = await task.value
          #expect(!end.isEarly)
          var allowed: [WaitEnd] = [.timeOut]
          if index < 3 { allowed.append(.cancelled) }
          if round % 2 == 0 { allowed.append(.closed) }
          if end.wait.reason == .noEvent || round % 3 == 0 { allowed.append(.ready) }
          #expect(allowed.contains(end.end), "wait \(index) of round \(round): \(end.end)")
          counts["\(end.end)", default: 0] += 1
        }
        for thread in threads { await thread.value }
        pair.close()
      }
      print("Waits that raced: \(counts)")
      for end in ["timeOut", "cancelled", "closed", "ready"] { #expect(counts[end] ?? 0 > 0, "no wait ended by \(end)") }
    }

    @Test("a number closed with events under way, and reused at once: the new socket's wait gets none of them")
    func reuse() async {
      let others = (0..<8).map { _ in FullPair() }
      let stop = Flag()
      let neighbours = others.map { pair in
        Task {
          while !stop.isRaised {
            _ = await End(of: Wait(for: .room, on: pair.full, until: monotonicNanoseconds() + 500_000))
          }
        }
      }
      var (reused, told) = (0, 0)
      for round in 0..<400 {
        let old = FullPair()
        let oldWait = Wait(for: .room, on: old.full)
        let oldEnd = Task { await End(of: oldWait) }
        usleep(UInt32(round % 8 * 10))
        old.drain()
        SocketEvents.shared.endWaits(on: old.full)
        SocketEvents.shared.end(oldWait)  // where it did not begin yet
        old.close()
        let new = FullPair()
        if new.full == old.full { reused += 1 }
        let end = await End(of: Wait(for: .room, on: new.full, until: monotonicNanoseconds() + 1_000_000))
        #expect(end.end == .timeOut && !end.isEarly, "the new socket has no room, round \(round)")
        if await oldEnd.value.end == .ready { told += 1 }
        new.close()
      }
      print("Numbers used again: \(reused) of 400, with \(told) waits that ended before the close")
      stop.raise()
      for neighbour in neighbours { await neighbour.value }
      for pair in others { pair.close() }
      #expect(reused > 0, "no number was used again")
    }

    @Test("room ends the waits on a descriptor, for room and for data, each by its own event")
    func events() async {
      let pair = FullPair()
      let room = Task { await End(of: Wait(for: .room, on: pair.full, until: monotonicNanoseconds() + 20_000_000_000)) }
      let data = Task { await End(of: Wait(for: .data, on: pair.full, until: monotonicNanoseconds() + 20_000_000_000)) }
      await Task.yield()
      pair.drain()
      #expect(await room.value.end == .ready)
      #expect(send(pair.peer, [1], 1, 0) == 1)
      #expect(await data.value.end == .ready)
      pair.close()
    }
  }
}
