// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

extension SocketTests {
  /// Regions of files that cannot be sent whole. The lengths are of regions that are read and, on most sockets, of ones for `sendfile`.
  @Suite("Files that fail") struct FileFailureTests {
    private let lengths = [10, 20_000, 300_000]

    /// Sends `head`, the region and `tail` by each form of send. Expects the error, after `head` and these bytes of the file.
    private func expect(
      _ error: SocketError, after bytes: ArraySlice<UInt8>, of region: FileRegion,
      location: SourceLocation = #_sourceLocation
    ) async throws {
      let arrived = Array("head".utf8) + bytes
      for form in [FileSendForm.blocking, .async] {
        for kind in StreamKind.allCases {
          let pair = try kind.smallPair()
          let reader = Reader(pair.receiver)
          let end = await form.send(["head", region, "tail"], on: pair.sender)
          #expect(end.error == error.sent(arrived.count), "\(form), \(kind)", sourceLocation: location)
          pair.sender.close()
          #expect(firstDifference(await reader.value.bytes, arrived) == nil, "\(form), \(kind)", sourceLocation: location)
        }
        for kind in DatagramKind.allCases {
          let pair = try kind.pair()
          let end = await form.send([region], on: pair.sender)
          #expect(end.error == error.sent(0), "\(form), \(kind)", sourceLocation: location)
          #expect(nextMessage(pair.receiver) == nil, "\(form), \(kind)", sourceLocation: location)
        }
      }
    }

    @Test("an offset beyond the end: ENODATA after what stands before the file")
    func beyondTheEnd() async throws {
      let file = try TestFile(byteCount: 100)
      for length in lengths {
        for offset in [100, 101, Int64(1) << 40] {
          let region = try FileRegion(file.descriptor, offset: offset, length: length)
          try await expect(SocketError(errno: fileEnded), after: [], of: region)
        }
      }
    }

    @Test("offset and length beyond the end: ENODATA after the bytes that are there")
    func acrossTheEnd() async throws {
      let file = try TestFile(byteCount: 5000)
      for length in lengths where length > 10 {
        let region = try FileRegion(file.descriptor, offset: 4000, length: length)
        try await expect(SocketError(errno: fileEnded), after: file.bytes[4000...], of: region)
      }
    }

    @Test("an empty region needs no file: nothing of it is sent, at any offset")
    func empty() throws {
      let file = try TestFile(byteCount: 100)
      let pair = try unixPair(.stream)
      for offset in [0, 100, 101, 1 << 40] {
        let list: [any ByteSegment] = [[1], try FileRegion(file.descriptor, offset: Int64(offset), length: 0), [2]]
        #expect(try pair.sender.send(list) == 2)
        #expect(try pair.receiver.receive(upTo: 9) == [1, 2])
      }
    }

    @Test("a file that is open for writing alone: EBADF")
    func writeOnly() async throws {
      let path = "/tmp/SocketSendTests.\(getpid()).\(UInt64.random(in: 0 ... .max))"
      let file = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o600)
      try #require(file >= 0)
      defer { close(file) }
      unlink(path)
      try #require(ftruncate(file, 400_000) == 0)
      for length in lengths { try await expect(SocketError(errno: EBADF), after: [], of: FileRegion(file, length: length)) }
    }

    @Test("a file that was closed meanwhile: EBADF")
    func closed() async throws {
      let file = try TestFile(byteCount: 400_000)
      // A number that nothing opened in the meantime gets.
      let number = fcntl(file.descriptor, F_DUPFD, 900)
      try #require(number >= 900)
      let region = try FileRegion(number)
      close(number)
      for length in lengths { try await expect(SocketError(errno: EBADF), after: [], of: region[0..<length]) }
    }

    @Test("an error of the file is not one of the socket, which goes on sending")
    func socketStays() throws {
      let file = try TestFile(byteCount: 10)
      let pair = try StreamKind.tcp.pair()
      let list: [any ByteSegment] = [[1], try FileRegion(file.descriptor, offset: 9, length: 2)]
      #expect(throws: SocketError(errno: fileEnded, bytesSent: 2)) { try pair.sender.send(list) }
      #expect(try pair.sender.send([[3]]) == 1)
      #expect(readAll(pair.receiver, Pace(most: 3)).bytes == [1, 9, 3])
    }
  }
}

extension SocketError {
  /// The same error with another count.
  fileprivate func sent(_ bytes: Int) -> SocketError { SocketError(code: code, errno: errno, bytesSent: bytes) }
}
