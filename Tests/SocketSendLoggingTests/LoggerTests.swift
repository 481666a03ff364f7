// SPDX-License-Identifier: Apache-2.0

#if Logging
  import InMemoryLogging
  import Logging
  import SocketSend
  import SocketSendLogging
  import Testing

  @Suite("Sends logged", .serialized) struct LoggerTests {
    /// What a logger gets while `body` sends on `socket`.
    private func entries(
      of socket: Socket, level: Logger.Level = .debug, _ body: () throws -> Void
    ) rethrows -> [InMemoryLogHandler.Entry] {
      let handler = InMemoryLogHandler()
      var logger = Logger(label: "test") { _ in handler }
      logger.logLevel = .debug
      let descriptor = socket.descriptor
      let observation = SendTrace.observe { [logger] trace in
        if trace.descriptor == descriptor { logger.log(trace, level: level) }
      }
      defer { observation.end() }
      try body()
      return handler.entries
    }

    @Test("a send is one message with what it did")
    func success() throws {
      let (sender, receiver) = try Socket.pair()
      let entry = try #require(try entries(of: sender) { _ = try sender.send([[1, 2], [3]]) }.first)
      #expect(entry.level == .debug && entry.message == "SocketSend")
      #expect(entry.metadata["fd"] == "\(sender.descriptor.rawValue)" && entry.metadata["outcome"] == "ok")
      #expect(entry.metadata["segments"] == "2" && entry.metadata["asked"] == "3" && entry.metadata["accepted"] == "3")
      #expect(entry.metadata["calls"] == "1" && entry.metadata["waits"] == "0" && entry.metadata["errno"] == nil)
      #expect(try receiver.receive(upTo: 9) == [1, 2, 3])
    }

    @Test("a send that failed says so, at the level asked for")
    func failure() throws {
      let (sender, receiver) = try Socket.pair()
      receiver.close()
      let entry = try #require(entries(of: sender, level: .error) { _ = try? sender.send([[1]]) }.first)
      #expect(entry.level == .error)
      #expect(entry.metadata["outcome"] == "shutdown" && entry.metadata["errno"] == "32")
      #expect(entry.metadata["accepted"] == "0")
    }

    @Test("what the logger's level leaves out is not logged")
    func level() throws {
      let (sender, receiver) = try Socket.pair()
      #expect(try entries(of: sender, level: .trace) { _ = try sender.send([[1]]) }.isEmpty)
      #expect(try receiver.receive(upTo: 9) == [1])
    }
  }
#endif
