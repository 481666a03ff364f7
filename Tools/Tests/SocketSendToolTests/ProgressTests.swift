// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

/// The progress on a terminal, for which a pseudo-terminal stands.
@Suite struct ProgressTests {
  private let files: ToolFiles

  init() throws { files = try ToolFiles() }

  /// About a second of sending, with a terminal as standard error; gives what the terminal got.
  private func seenOnTerminal(_ options: [String], terminal: String = "xterm") throws -> String {
    let (controller, device) = try Self.openTerminal()
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let path = try files.file([UInt8](repeating: 1, count: 100_000))
    let seen = BlockingWork { Self.readToEnd(controller) }
    let tool = try RunningTool(
      options + ["--rate", "80000", server.address.description, path],
      standardError: FileHandle(fileDescriptor: device), environment: ["TERM": terminal])
    close(device)
    #expect(try tool.finish().exitCode == 0)
    #expect(try server.received().count == 100_000)
    return try seen.value()
  }

  /// Both ends. As glibc's posix_openpt and its relatives do it on Linux; they are hidden from Swift.
  private static func openTerminal() throws -> (controller: CInt, device: CInt) {
    let (unlock, askNumber): (UInt, UInt) = (0x4004_5431, 0x8004_5430)  // TIOCSPTLCK, TIOCGPTN
    var (locked, number): (CInt, CInt) = (0, 0)
    let controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard ioctl(controller, unlock, &locked) == 0, ioctl(controller, askNumber, &number) == 0 else {
      throw SystemError(errno: errno)
    }
    let device = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    if device < 0 { throw SystemError(errno: errno) }
    return (controller, device)
  }

  /// A pseudo-terminal ends with an error once its last user has closed it.
  private static func readToEnd(_ controller: CInt) -> String {
    defer { close(controller) }
    var bytes: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while case let count = read(controller, &block, block.count), count > 0 { bytes += block[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func isShownOnATerminalAndWipedBeforeTheReport() throws {
    let seen = try seenOnTerminal([])
    #expect(seen.contains(" of 97.7 KiB  "))
    #expect(seen.contains("[====="))
    #expect(seen.contains(" s left"))
    #expect(seen.contains("\r\u{1B}[Ksent "))
    #expect(seen.hasSuffix("ms\r\n") || seen.hasSuffix(" s\r\n"))
  }

  @Test(arguments: ["--quiet", "--trace"])
  func isNotShownWith(option: String) throws {
    #expect(!(try seenOnTerminal([option]).contains("\u{1B}")))
  }

  @Test func isNotShownOnATerminalWithoutACursor() throws {
    #expect(!(try seenOnTerminal([], terminal: "dumb").contains("\u{1B}")))
  }

  @Test func isNotShownWhenRedirected() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "")
    let path = try files.file([UInt8](repeating: 1, count: 100_000))
    let run = try ToolRun(["--rate", "80000", server.address.description, path])
    #expect(run.exitCode == 0)
    #expect(!run.errors.contains("\u{1B}") && !run.errors.contains("\r"))
    #expect(run.errors.hasPrefix("sent "))
  }

  @Test func line() {
    let half = ProgressLine(bytesSent: 5 << 20, total: 10 << 20, elapsed: .seconds(5))
    #expect(half.text(columns: 79) == "[============>           ]   50%  5.0 MiB of 10.0 MiB  1.0 MiB/s  5 s left")
    #expect(half.text(columns: 10) == "[=========")
    let all = ProgressLine(bytesSent: 10, total: 10, elapsed: .seconds(1))
    #expect(all.text(columns: 79) == "[========================]  100%  10 B of 10 B  10 B/s  0 s left")
    let slow = ProgressLine(bytesSent: 1, total: 7201, elapsed: .seconds(1))
    #expect(slow.text(columns: 79).hasSuffix("  2:00:00 left"))
    let pipe = ProgressLine(bytesSent: 2048, total: nil, elapsed: .seconds(2))
    #expect(pipe.text(columns: 79) == "2.0 KiB  1.0 KiB/s")
    let most = ProgressLine(bytesSent: .max, total: .max, elapsed: .zero)
    #expect(most.text(columns: 79).contains("8388608.0 TiB of 8388608.0 TiB  "))
    let none = ProgressLine(bytesSent: 0, total: 10, elapsed: .zero)
    #expect(none.text(columns: 79).hasSuffix("a long time left"))
  }
}
