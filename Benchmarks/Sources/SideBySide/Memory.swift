// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CSideBySide
import Foundation

/// By how much memory grew during one send.
struct MemoryResult {
  let name: String
  let segments: Int
  let kibibytes: Int
}

/// Measures memory in this process, whose peak must not come from anything else.
struct Memory: ParsableCommand {
  static let configuration = CommandConfiguration(shouldDisplay: false)

  @Argument var candidate: String
  @Argument var segments: Int

  func run() throws {
    let swift = SwiftCandidates.swift
    var chosen = candidate == "Swift" ? swift : candidateInC(Int(CANDIDATE_SENDV_ALL))
    print(withCell(Shape(segments: segments, bytes: 16)) { memory_growth_kib(&chosen, $0) })
  }

  static func inProcessesOfTheirOwn(_ note: (MemoryResult) -> Void) throws {
    print("\nGrowth of resident memory during one send, in KiB, beyond the list itself.\n")
    for name in ["sendv_all", "Swift"] {
      for segments in [64, 1_000_000] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        process.arguments = ["memory", name, String(segments)]
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard let growth = Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) else { throw BytesMissing() }
        print(name.padding(to: 12) + "\(segments)".padded(to: 10) + " segments" + "\(growth)".padded(to: 8))
        note(MemoryResult(name: name, segments: segments, kibibytes: growth))
      }
    }
  }
}
