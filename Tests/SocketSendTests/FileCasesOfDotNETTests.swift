// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// What stands around the file.
private enum Around: CaseIterable, Sendable {
  case nothing, before, after, both

  var head: [UInt8] { self == .before || self == .both ? Array("The bytes before the file".utf8) : [] }
  var tail: [UInt8] { self == .after || self == .both ? Array("The bytes after the file".utf8) : [] }

  func list(_ files: FileRegion...) -> [any ByteSegment & Sendable] { [head] + files + [tail] }
}

extension Socket {
  /// Sends the list by the form that waits asynchronously, or on a thread of its own.
  fileprivate func end(of list: [any ByteSegment & Sendable], async: Bool) async -> SendEnd {
    guard async else {
      return await OwnThread { SendEnd { () throws(SocketError) in try self.send(list as [any ByteSegment]) } }.value
    }
    let result: Result<Int, SocketError>
    do throws(SocketError) {
      result = .success(try await send(list as [any ByteSegment]))
    } catch {
      result = .failure(error)
    }
    return SendEnd { () throws(SocketError) in try result.get() }
  }
}

extension SocketTests {
  /// The cases of .NET's tests of `SendFile`, and what they leave out.
  @Suite(".NET's own cases of files", .serialized) struct FileCasesOfDotNETTests {
    /// Sends the list over a pair with small buffers, and expects these bytes.
    private func expect(
      _ bytes: [UInt8], of list: [any ByteSegment & Sendable], over kind: StreamKind, async: Bool,
      location: SourceLocation = #_sourceLocation
    ) async throws {
      let pair = try kind.smallPair()
      let reader = Reader(pair.receiver)
      let end = await pair.sender.end(of: list, async: async)
      pair.sender.close()
      #expect(end.error == nil && end.bytesSent == bytes.count, sourceLocation: location)
      #expect(firstDifference(await reader.value.bytes, bytes) == nil, sourceLocation: location)
    }

    @Test("a file of 0 to 12345678 bytes: buffers around it, or none", arguments: StreamKind.allCases, [false, true])
    func around(kind: StreamKind, async: Bool) async throws {
      for byteCount in [0, 512, 1024, 12_345_678] {
        let file = try TestFile(byteCount: byteCount)
        for around in Around.allCases {
          let list = around.list(try FileRegion(file.descriptor))
          try await expect(around.head + file.bytes + around.tail, of: list, over: kind, async: async)
        }
        #expect(file.keepsItsOffset)
      }
    }

    @Test("no file, and buffers before, after, both or none", arguments: StreamKind.allCases, [false, true])
    func noFile(kind: StreamKind, async: Bool) async throws {
      for around in Around.allCases {
        try await expect(around.head + around.tail, of: around.list(), over: kind, async: async)
      }
    }

    @Test("slices of the buffers and of the file", arguments: StreamKind.allCases, [false, true])
    func slices(kind: StreamKind, async: Bool) async throws {
      let file = try TestFile(byteCount: 100_000)
      let list: [any ByteSegment & Sendable] = [
        ArraySegment(file.bytes, offset: 1, count: 3), try FileRegion(file.descriptor, offset: 40_001, length: 20_000),
        file.bytes[7..<9],
      ]
      let expected = file.bytes[1..<4] + file.bytes[40_001..<60_001] + file.bytes[7..<9]
      try await expect(Array(expected), of: list, over: kind, async: async)
    }

    @Test("nothing but files: two regions of one, the same one twice", arguments: StreamKind.allCases, [false, true])
    func filesAlone(kind: StreamKind, async: Bool) async throws {
      for byteCount in [3, 9000, 400_000] {
        let file = try TestFile(byteCount: byteCount)
        let whole = try FileRegion(file.descriptor), end = whole[byteCount / 3..<byteCount]
        let list: [any ByteSegment & Sendable] = [end, whole, whole, whole[0..<0], end]
        let bytes = file.bytes[(byteCount / 3)...] + file.bytes + file.bytes + file.bytes[(byteCount / 3)...]
        try await expect(Array(bytes), of: list, over: kind, async: async)
        #expect(file.keepsItsOffset)
      }
    }

    @Test("a message with a file, where .NET answers NotSupported", arguments: DatagramKind.allCases, [false, true])
    func message(kind: DatagramKind, async: Bool) async throws {
      let file = try TestFile(byteCount: 40_000)
      for around in Around.allCases {
        for byteCount in [0, 1, 40_000] where byteCount > 0 || around != .nothing {
          let pair = try kind.pair()
          let list = around.list(try FileRegion(file.descriptor, length: byteCount))
          let bytes = around.head + file.bytes[..<byteCount] + around.tail
          let end = await pair.sender.end(of: list, async: async)
          #expect(end.error == nil && end.bytesSent == bytes.count)
          #expect(nextMessage(pair.receiver) == bytes)
          #expect(nextMessage(pair.receiver) == nil)
        }
      }
    }

    @Test("more than a message takes: MessageSize, and nothing is sent")
    func longMessage() throws {
      let file = try TestFile(byteCount: 70_000)
      let pair = try udpPair()
      let list: [any ByteSegment] = ["head", try FileRegion(file.descriptor)]
      #expect(throws: SocketError(errno: EMSGSIZE)) { try pair.sender.send(list) }
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("not connected: what a list of memory answers, and nothing is sent", arguments: [5, 100_000])
    func notConnected(byteCount: Int) throws {
      let file = try TestFile(byteCount: byteCount)
      func answer(_ family: SocketFamily, _ kind: Socket.Kind) throws -> SocketError? {
        let region = try FileRegion(file.descriptor), socket = try Socket(family, kind)
        let end = SendEnd { () throws(SocketError) in try socket.send(region) }
        #expect(end.bytesSent == 0)
        return end.error
      }
      #expect(try answer(.ipv4, .stream) == SocketError(code: .shutdown, errno: EPIPE))
      #expect(try answer(.unix, .stream) == SocketError(code: .notConnected, errno: ENOTCONN))
      #expect(try answer(.ipv4, .datagram)?.bytesSent == 0)
    }

    @Test("closed before: closed", arguments: StreamKind.allCases, [false, true])
    func closed(kind: StreamKind, async: Bool) async throws {
      let file = try TestFile(byteCount: 5)
      let pair = try kind.pair()
      pair.sender.close()
      let end = await pair.sender.end(of: ["head", try FileRegion(file.descriptor)], async: async)
      #expect(end.error == SocketError(code: .closed, errno: EBADF))
    }

    @Test("closed during the send: ConnectionAborted, with what went", arguments: StreamKind.allCases)
    func closedDuring(kind: StreamKind) async throws {
      let file = try TestFile(byteCount: 12_345_678)
      let region = try FileRegion(file.descriptor)
      let pair = try kind.smallPair()
      let sender = OwnThread { SendEnd { () throws(SocketError) in try pair.sender.send(region) } }
      await pair.sender.untilFull()
      pair.sender.close()
      let end = await sender.value
      #expect(end.code == .connectionAborted)
      #expect(end.bytesSent > 0 && end.bytesSent < file.bytes.count)
    }

    @Test("a time-out in the middle of a file: the send goes on from its count", arguments: StreamKind.allCases)
    func timeOut(kind: StreamKind) async throws {
      let file = try TestFile(byteCount: 3_000_000)
      let pair = try kind.smallPair()
      let list: [any ByteSegment & Sendable] = ["head", try FileRegion(file.descriptor), "tail"]
      pair.sender.sendTimeout = .milliseconds(50)
      let first = await pair.sender.end(of: list, async: false)
      #expect(first.code == .timedOut && first.bytesSent > 4)
      pair.sender.sendTimeout = nil
      let reader = Reader(pair.receiver)
      let all = Array("head".utf8) + file.bytes + Array("tail".utf8)
      let rest = await OwnThread {
        SendEnd { () throws(SocketError) in try pair.sender.send(list as [any ByteSegment], skipping: first.bytesSent) }
      }.value
      #expect(rest.error == nil && first.bytesSent + rest.bytesSent == all.count)
      pair.sender.close()
      #expect(firstDifference(await reader.value.bytes, all) == nil)
    }
  }
}
