// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization
import Testing

/// How long to run, from the environment: without it this suite is left out.
private let seconds = getenv("CHECK_STRESS_SECONDS").flatMap { Double(String(cString: $0)) }

/// How much the resident set may grow from the first half of the run to the second. Arrays of some 100 KiB a thread come and
/// go in no order, and the sanitizers keep what was freed for a while.
private let mostGrowth = getenv("CHECK_STRESS_GROWTH").flatMap { Int(String(cString: $0)) } ?? 32 << 20

@Suite("Stress", .serialized, .enabled(if: seconds != nil, "CHECK_STRESS_SECONDS says for how long")) struct StressTests {
  @Test("threads that send, close, shut down, time out, and open descriptors all at once")
  func everythingAtOnce() async throws {
    let findings = Findings()
    let seed = runSeed
    let before = openDescriptors()
    let stop = Flag()
    let lanes = (0..<6).map { lane in
      Worker("lane \(lane)") { worker in runLane(lane, seed: seed, findings, worker, until: stop) }
    }
    let keepers = (0..<3).map { keeper in
      Worker("canaries \(keeper)") { worker in
        var generator = SeededGenerator(seed: seed &+ 1000 &+ UInt64(keeper))
        while !stop.isRaised {
          findings.note(keepCanaries(findings, worker, using: &generator), in: worker.name)
        }
      }
    }
    let memory = await watch(for: .seconds(seconds!))
    stop.raise()
    while !(lanes + keepers).allSatisfy(\.isFinished) {
      Worker.endRunIfOneStandsStill()
      try await Task.sleep(for: .milliseconds(10))
    }
    for worker in lanes + keepers { worker.join() }
    let left = openDescriptors().subtracting(before)
    findings.note(left.isEmpty ? [] : ["left open: \(left.sorted())"], in: "descriptors")
    findings.note(memory.growth <= mostGrowth ? [] : ["\(memory), the bound is \(mostGrowth)"], in: "memory")
    report(findings, memory)
  }

  private func report(_ findings: Findings, _ memory: Memory) {
    for message in findings.firstMessages { print(message) }
    print(findings.summary)
    print("\(memory), of \(mostGrowth) allowed")
    let failed = findings.failed.load(ordering: .relaxed)
    print("Rounds: \(findings.passed.load(ordering: .relaxed)) as they should be, \(failed) not")
    #expect(failed == 0)
    #expect(findings.timeOuts.load(ordering: .relaxed) > 0 && findings.endedByClose.load(ordering: .relaxed) > 0)
    #expect(findings.cutShort.load(ordering: .relaxed) > 0)
  }
}

/// Runs rounds of all kinds, one after the other.
private func runLane(_ lane: Int, seed: UInt64, _ findings: Findings, _ worker: Worker, until stop: Flag) {
  var generator = SeededGenerator(seed: seed &+ UInt64(lane) << 32)
  var number = UInt32(lane) << 24
  while !stop.isRaised {
    number += 1
    do {
      let wrong =
        if Int.random(in: 0..<3, using: &generator) > 0 {
          try streamRound(
            StreamKind.allCases.randomElement(using: &generator)!, number: number, findings, worker, using: &generator)
        } else {
          try datagramRound(
            DatagramKind.allCases.randomElement(using: &generator)!, number: number, findings, worker, using: &generator)
        }
      findings.note(wrong, in: "\(worker.name), seed \(seed)")
    } catch {
      findings.note(["no connection: \(error)"], in: worker.name)
    }
  }
}

/// The largest resident set of the run's halves, in bytes.
private struct Memory: CustomStringConvertible {
  var firstHalf = 0
  var secondHalf = 0
  var growth: Int { secondHalf - firstHalf }
  var description: String { "resident at most \(firstHalf) bytes in the first half, \(secondHalf) in the second" }
}

/// Lets the workers run, seeing to it that each of them moves.
private func watch(for time: Duration) async -> Memory {
  let start = ContinuousClock.now
  var memory = Memory()
  while true {
    let passed = start.duration(to: .now)
    if passed > time { return memory }
    Worker.endRunIfOneStandsStill()
    let resident = residentBytes()
    if passed < time / 2 {
      memory.firstHalf = max(memory.firstHalf, resident)
    } else {
      memory.secondHalf = max(memory.secondHalf, resident)
    }
    try? await Task.sleep(for: .milliseconds(50))
  }
}

private func residentBytes() -> Int {
  let pages = textOfFile("/proc/self/statm")?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  return (pages ?? 0) * sysconf(CInt(_SC_PAGESIZE))
}

/// The open descriptors and what they stand for. The Swift runtime's own (epoll, timerfd, eventfd), which it opens when it first
/// needs them, are not among these: the library opens none of their kind.
private func openDescriptors() -> Set<String> {
  var found: Set<String> = []
  for number in 0..<4096 {
    var bytes = [CChar](repeating: 0, count: 256)
    let count = readlink("/proc/self/fd/\(number)", &bytes, bytes.count)
    let target = String(decoding: bytes.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    if count > 0, !target.hasPrefix("anon_inode:") { found.insert("\(number) \(target)") }
  }
  return found
}
