// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// Files that change while they are sent, and sizes that are not what they seem.
@Suite struct ChangingFileTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  /// Sends the files to a peer that reads nothing until `change` is done.
  private func send(_ paths: [String], _ change: () throws -> Void) throws -> (run: ToolRun, received: Int) {
    let peer = try StalledPeer()
    let tool = try RunningTool([peer.address.description] + paths)
    try peer.waitUntilFull()
    try change()
    let received = try peer.receivedToTheEnd().count
    return (try tool.finish(), received)
  }

  /// The region of the whole file is being sent when it happens.
  @Test func aFileThatShrinks66() throws {
    let path = try files.largeFile()
    let (run, received) = try send([path]) { #expect(truncate(path, 17 << 20) == 0) }
    #expect(run.exitCode == 66)
    #expect(
      run.errors.contains(
        " failed: \(path) became shorter while it was sent: it had 33,554,432 bytes, now it has 17,825,792; "))
    #expect(run.bytesSent == received)
    #expect(received == 17 << 20)
  }

  /// The first file is being sent when it happens. The second file has not been opened.
  @Test func aFileThatShrinksBeforeItsTurn66() throws {
    let (first, second) = (try files.largeFile(), try files.file([1, 2, 3], name: "second"))
    let (run, received) = try send([first, second]) { #expect(truncate(second, 0) == 0) }
    #expect(run.exitCode == 66)
    #expect(run.errors.contains(" failed: \(second) became shorter while it was sent: it had 3 bytes, now it has 0; "))
    #expect(run.bytesSent == received)
  }

  @Test func standardInputThatShrinks66() throws {
    let path = try files.largeFile()
    let peer = try StalledPeer()
    let tool = try RunningTool([peer.address.description, "-"], shell: "exec \"$@\" < '\(path)'")
    try peer.waitUntilFull()
    #expect(truncate(path, 17 << 20) == 0)
    _ = try peer.receivedToTheEnd()
    let run = try tool.finish()
    #expect(run.exitCode == 66)
    #expect(run.errors.contains(" failed: standard input became shorter while it was sent: "))
  }

  @Test func aFileThatGrowsIsSentToItsEnd() throws {
    let path = try files.largeFile()
    let (run, received) = try send([path]) { #expect(truncate(path, 33 << 20) == 0) }
    #expect(run.exitCode == 0)
    #expect(received == 33 << 20)
  }

  /// Another file of the same name may be shorter.
  @Test func aFileThatIsReplacedIsSentAsItIs() throws {
    let (first, second) = (try files.largeFile(), try files.file([1, 2, 3], name: "second"))
    let (run, received) = try send([first, second]) {
      let other = try files.file([4], name: "other")
      #expect(rename(other, second) == 0)
    }
    #expect(run.exitCode == 0)
    #expect(received == ToolFiles.largeCount + 1)
  }

  /// Each part of standard input is as long as it was when its turn came.
  @Test func standardInputMayComeTwice() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let path = try files.file([1, 2, 3])
    let run = try ToolRun(
      [server.address.description, "-", "-"], shell: "{ read -rN 1; exec \"$@\"; } < '\(path)'")
    #expect(run.exitCode == 0)
    #expect(try server.received() == [2, 3])
  }

  private static let attribute = "/sys/class/net/lo/mtu"

  /// The system says 4096 bytes of it, and gives a few.
  @Test(.enabled(if: FileManager.default.isReadableFile(atPath: attribute), "there is no sysfs"))
  func aSizeThatWasNeverTrueIsNoLoss() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let run = try ToolRun([server.address.description, Self.attribute])
    #expect(run.exitCode == 0)
    #expect(try server.received().last == UInt8(ascii: "\n"))
  }

  /// The system says 0 bytes of it.
  @Test func aFileOfUnknownSizeIsSent() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    #expect(try ToolRun([server.address.description, "/proc/version"]).exitCode == 0)
    #expect(try !server.received().isEmpty)
  }
}
