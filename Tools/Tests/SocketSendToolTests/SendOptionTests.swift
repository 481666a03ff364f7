// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// Each option in effect, as a receiver sees it.
@Suite struct SendOptionTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  private func send(_ options: [String], _ bytes: [UInt8], answer: String = "") throws
    -> (run: ToolRun, received: [UInt8])
  {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: answer)
    let run = try ToolRun(options + [server.address.description, try files.file(bytes)])
    return (run, try server.received())
  }

  @Test(arguments: [(1, 1000), (300, 4), (999, 2), (1000, 1), (200_000, 1)])
  func segmentSize(size: Int, segments: Int) throws {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    let (run, received) = try send(["--segment-size", "\(size)"], bytes)
    #expect(run.exitCode == 0)
    #expect(run.errors.hasPrefix("sent \(segments.counted("segment")), 1,000 bytes, in "))
    #expect(received == bytes)
  }

  @Test func repeats() throws {
    let (run, received) = try send(["--repeat", "3"], [1, 2, 3])
    #expect(run.exitCode == 0)
    #expect(received == [1, 2, 3, 1, 2, 3, 1, 2, 3])
  }

  /// An urgent byte is not part of what a stream's reader reads.
  @Test func flags() throws {
    let (run, received) = try send(["--flags", "OutOfBand,dontRoute"], [1, 2, 3])
    #expect(run.exitCode == 0)
    #expect(received == [1, 2])
  }

  @Test func rate() throws {
    let (run, received) = try send(["--rate", "100k", "--json"], [UInt8](repeating: 1, count: 100 << 10))
    let result = try ToolResult(run)
    #expect(received.count == 100 << 10)
    // The first 50 ms' worth goes at once, and as much may be made up for. The upper bound leaves room for a busy machine.
    #expect((0.89..<4).contains(result.seconds))
    #expect(result.sends >= 20)
  }

  @Test(arguments: [[:], ["SOCKETSEND_TRACE": "1"]])
  func trace(environment: [String: String]) throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let arguments = ["--trace", "--quiet", server.address.description, try files.file([1, 2])]
    let run = try ToolRun(arguments, environment: environment)
    #expect(run.exitCode == 0)
    let lines = run.errors.split(separator: "\n")
    #expect(lines.count == 1)
    #expect(lines.first?.hasPrefix("SocketSend: fd=") == true)
    #expect(lines.first?.contains(" segments=1 asked=2 accepted=2 calls=1 ") == true)
  }

  @Test func quiet() throws {
    let (run, _) = try send(["--quiet"], [1], answer: "yes")
    #expect(run.exitCode == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output == "yes")
  }

  @Test func answer() throws {
    let (run, _) = try send(["--answer", files.path("reply")], [1], answer: "into a file")
    #expect(run.exitCode == 0)
    #expect(run.output.isEmpty)
    #expect(try String(contentsOfFile: files.path("reply"), encoding: .utf8) == "into a file")
  }

  @Test func json() throws {
    let (run, received) = try send(["--json", "--segment-size", "2"], [1, 2, 3], answer: "thanks")
    #expect(run.errors.isEmpty)
    #expect(run.output.hasSuffix("}\n"))
    let result = try ToolResult(run)
    #expect(received == [1, 2, 3])
    #expect(result.outcome == "sent")
    #expect(result.exitCode == 0)
    #expect(result.bytesSent == 3)
    #expect(result.segments == 2)
    #expect(result.sends == 1)
    #expect(result.systemCalls == 1)
    #expect(result.answerBytes == 6)
    #expect(result.seconds >= result.secondsInSends && result.secondsInSends > 0)
    #expect(result.error == nil)
    #expect(result.address?.hasPrefix("127.0.0.1:") == true)
  }

  @Test func jsonOfAWrongCommandLine() throws {
    let run = try ToolRun(["--json", "127.0.0.1:1", "-", "--rate", "fast"])
    let result = try ToolResult(run)
    #expect(run.exitCode == 64)
    #expect(result.exitCode == 64)
    #expect(result.outcome == "usage")
    #expect(result.error?.message.contains("fast") == true)
    #expect(run.errors.isEmpty)
  }
}
