// SPDX-License-Identifier: Apache-2.0
import Foundation
import Testing

@testable import socketsend

/// More bytes than an integer counts.
@Suite struct SizeTests {
  @Test func sizesThatOverflow() throws {
    #expect(try CheckedInput.total(of: [1, 2, 3], rounds: 2) == 12)
    #expect(try CheckedInput.total(of: [.max, 0], rounds: 1) == .max)
    #expect(try CheckedInput.total(of: [1, nil], rounds: 1) == nil)
    for (sizes, rounds) in [([Int.max, 1], 1), ([.max, nil, 1], 1), ([.max / 2, 2], 2), ([1 << 32], 1 << 31)]
      as [([Int?], Int)]
    {
      #expect(throws: CheckedInput.TooMuch.self) { try CheckedInput.total(of: sizes, rounds: rounds) }
    }
  }

  /// Most of it is a hole.
  @Test func moreBytesThanCanBeCounted64() throws {
    let files = try ToolFiles()
    let path = try files.file([])
    #expect(truncate(path, 1 << 30) == 0)
    let run = try ToolRun(["--repeat", "1000000000000", "127.0.0.1:1", path])
    #expect(run.exitCode == 64)
    #expect(
      run.errors
        == "Error: the files are more than 9,223,372,036,854,775,807 bytes together, the most that can be counted\n")
  }
}
