// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Testing

@testable import socketsend

@Suite struct SendCommandTests {
  private let directory: PrivateDirectory

  init() throws { directory = try PrivateDirectory() }

  private func file(_ name: String, _ bytes: [UInt8]) throws -> String {
    let path = directory.path + "/" + name
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    return path
  }

  @Test func sendsFilesAndStandardInputOverTCP() throws {
    let server = try OneAnswerServer(at: .ipv4("127.0.0.1", port: 0), answer: "thank you\n")
    let large = [UInt8](repeating: 7, count: 3 * InputReader.segmentSize + 5)
    let files = [try file("large", large), "-", try file("empty", []), try file("last", [9])]
    let run = try ToolRun([server.address.description] + files, input: Data("typed".utf8))
    #expect(run.exitCode == 0)
    #expect(run.output == "thank you\n")
    #expect(run.errors.hasPrefix("sent 4 segments, 196,619 bytes, in "))
    #expect(try server.received() == large + Array("typed".utf8) + [9])
  }

  @Test func sendsToAUnixPath() throws {
    let path = directory.path + "/server"
    let server = try OneAnswerServer(at: .unix(path: path), answer: "")
    let run = try ToolRun(["send", path, try file("one", [1, 2, 3])])
    #expect(run.exitCode == 0)
    #expect(run.output.isEmpty)
    #expect(try server.received() == [1, 2, 3])
  }

  @Test func sendsToAnAbstractName() throws {
    let name = "socketsend-\(UUID().uuidString)"
    let server = try OneAnswerServer(at: .unix(path: "\0" + name), answer: "")
    let run = try ToolRun(["@" + name, "-"], input: Data([4]))
    #expect(run.exitCode == 0)
    #expect(try server.received() == [4])
  }

  /// More than fits the sockets and the list on both ways: a tool that reads the answer only afterwards would stand still.
  @Test func readsTheAnswerWhileItSends() throws {
    let listener = try Socket(.ipv4, .stream)
    try listener.bind(to: .ipv4("127.0.0.1", port: 0))
    try listener.listen()
    let echo = BlockingWork {
      let connection = try listener.accept()
      while case let part = try connection.receive(upTo: 65_536), !part.isEmpty { _ = try connection.send([part[...]]) }
    }
    let bytes = [UInt8](repeating: 65, count: 24 << 20)
    let run = try ToolRun([try listener.localAddress.description, try file("large", bytes)])
    try echo.value()
    #expect(run.exitCode == 0)
    #expect(run.output.utf8.elementsEqual(bytes))
  }

  @Test func reportsAnUnreadableFileBeforeItConnects() throws {
    let listener = try Socket(.ipv4, .stream)
    try listener.bind(to: .ipv4("127.0.0.1", port: 0))
    try listener.listen()
    let good = try file("good", [1])
    for (bad, reason) in [(directory.path + "/missing", "No such file or directory"), (directory.path, "Is a directory")] {
      let run = try ToolRun([try listener.localAddress.description, good, bad])
      #expect(run.exitCode == 66)
      #expect(run.errors == "Error: can't read \(bad): \(reason)\n")
    }
    try listener.setBlocking(false)
    #expect(throws: SocketError.self) { try listener.accept() }
  }

  @Test func reportsARefusedConnection() throws {
    let unused = try Socket(.ipv4, .stream)
    try unused.bind(to: .ipv4("127.0.0.1", port: 0))  // nobody listens, and nobody else can have the port
    let address = try unused.localAddress.description
    let run = try ToolRun([address, try file("one", [1])])
    #expect(run.exitCode == 69)
    #expect(
      run.errors
        == "Error: connecting to \(address) failed: Connection refused, connectionRefused (10061); 0 bytes sent\n")
  }

  @Test func countsWhatWentBeforeThePeerLeft() throws {
    let listener = try Socket(.unix, .stream)
    let path = directory.path + "/server"
    try listener.bind(to: .unix(path: path))
    try listener.listen()
    let server = BlockingWork { try listener.accept().receive(upTo: 1) }
    let run = try ToolRun([path, try file("large", [UInt8](repeating: 1, count: 8 << 20))])
    _ = try server.value()
    #expect(run.exitCode == 75)
    #expect(run.errors.hasPrefix("Error: sending to \(path) failed: "))
    #expect(run.errors.hasSuffix(" bytes sent\n"))
  }

  @Test(arguments: [["nowhere", "-"], ["127.0.0.1:1"], [], ["--no-such-option"]])
  func answersAWrongCommandLineWith64(arguments: [String]) throws {
    #expect(try ToolRun(arguments).exitCode == 64)
  }
}
