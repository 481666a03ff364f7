// SPDX-License-Identifier: Apache-2.0
import Foundation

@testable import socketsend

/// What `--json` writes, as a program that uses the tool would read it.
struct ToolResult: Decodable {
  struct Failure: Decodable {
    var message: String
    var code: String?
    var number: Int?
    var errno: Int?
  }

  var outcome: String
  var exitCode: Int32
  var address: String?
  var bytesSent: Int
  var segments: Int
  var sends: Int
  var systemCalls: Int
  var waits: Int
  var secondsInSends: Double
  var seconds: Double
  var answerBytes: Int
  var error: Failure?

  init(_ run: ToolRun) throws { self = try JSONDecoder().decode(Self.self, from: Data(run.output.utf8)) }
}

extension ToolRun {
  /// The count at the end of an error: `...; 1,234 bytes sent`.
  var bytesSent: Int? {
    guard let end = errors.range(of: "; ", options: .backwards)?.upperBound else { return nil }
    return Int(errors[end...].prefix { $0 != " " }.filter { $0 != "," })
  }
}
