// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@testable import socketsend

@Suite struct QuantityTests {
  @Test(arguments: [
    ("300ms", Duration.milliseconds(300)), ("2s", .seconds(2)), ("2", .seconds(2)), ("1.5m", .seconds(90)),
    ("1h", .seconds(3600)), ("250us", .microseconds(250)), ("0.5", .milliseconds(500)),
  ])
  func durations(text: String, duration: Duration) throws {
    let read = try Quantity.duration(text)
    // A double carries it.
    #expect(abs((read - duration).seconds) < 1e-9)
  }

  @Test(arguments: ["", "s", "0", "0ms", "-1s", "+1s", "1e3", "nan", "inf", "1 s", "1d", "s1", "1.2.3", "99999999999"])
  func noDurations(text: String) {
    #expect(throws: Quantity.Malformed.self) { try Quantity.duration(text) }
  }

  @Test(arguments: [("1", 1), ("512", 512), ("64k", 65_536), ("64K", 65_536), ("1.5M", 1_572_864), ("2G", 2 << 30)])
  func byteCounts(text: String, count: Int) throws {
    #expect(try Quantity.byteCount(text) == count)
  }

  @Test(arguments: ["", "k", "0", "0.5", "-1", "1T", "1kB", "1e3", "nan", "9999999999G"])
  func noByteCounts(text: String) {
    #expect(throws: Quantity.Malformed.self) { try Quantity.byteCount(text) }
  }

  @Test func flagNames() throws {
    #expect(try FlagNames.flags("more") == .more)
    #expect(try FlagNames.flags("DONTROUTE,outOfBand") == [.dontRoute, .outOfBand])
    for (name, flag) in FlagNames.all { #expect(try FlagNames.flags(name) == flag) }
    for text in ["", "more,", "no", "more more"] {
      #expect(throws: FlagNames.Unknown.self) { try FlagNames.flags(text) }
    }
  }
}
