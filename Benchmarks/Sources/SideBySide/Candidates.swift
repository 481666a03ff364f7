// SPDX-License-Identifier: Apache-2.0
import CSideBySide
import Glibc

/// All ways to send that are compared: in C, in Swift, SwiftNIO, and the languages whose tools are installed.
struct Candidates {
  /// The harness reads the candidates for the whole run.
  let pointer: UnsafeMutableBufferPointer<candidate>
  let names: [String]

  /// Where `Swift` stands in the list.
  var swiftIndex: Int { names.firstIndex(of: "Swift")! }

  /// The slow ones, which take most of a run's time, are left out where `quick`.
  init(quick: Bool, rustLibrary: String?, pythonScript: String?) {
    var all: [candidate] = (0..<Int(CANDIDATES_IN_C)).map { candidateInC($0) }
    if quick { all.removeAll { String(cString: $0.name) == "each" } }
    all += quick ? [SwiftCandidates.swift] : SwiftCandidates.all
    if !quick { all.append(NIOCandidate.candidate) }
    var other = candidate()
    if !quick, let rustLibrary, rust_candidate(strdup(rustLibrary), &other) { all.append(other) }
    if !quick, let pythonScript, python_candidate(strdup(pythonScript), &other) { all.append(other) }
    pointer = .allocate(capacity: all.count)
    _ = pointer.initialize(from: all)
    names = all.map { String(cString: $0.name) }
  }
}

/// A candidate of the C array, which is imported as a tuple.
func candidateInC(_ index: Int) -> candidate {
  withUnsafeBytes(of: candidates_in_c) { $0.bindMemory(to: candidate.self)[index] }
}

/// Runs `body` with open connections of one transport, and checks that all bytes arrived.
func withBench<Result>(
  _ transport: transport, _ candidates: UnsafeMutableBufferPointer<candidate>, _ body: (OpaquePointer) throws -> Result
) throws -> Result {
  guard let bench = bench_open(transport, candidates.baseAddress, candidates.count) else { fatalError("no bench") }
  let result = try body(bench)
  python_end()
  NIOCandidate.closeChannels()
  guard bench_close(bench) else { throw BytesMissing() }
  return result
}

struct BytesMissing: Error, CustomStringConvertible {
  var description: String { "the readers counted other bytes than were sent" }
}
