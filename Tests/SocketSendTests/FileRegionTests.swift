// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// Which form of send a list with files goes by.
enum FileSendForm: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case blocking, blockingWithTimeout, onDescriptor, nonblockingDescriptor, async, asyncDescriptor, cursor

  var testDescription: String { rawValue }

  func send(_ list: [any ByteSegment & Sendable], skipping skipped: Int = 0, on socket: Socket) async -> SendEnd {
    switch self {
    case .async, .asyncDescriptor:
      var result: Result<Int, SocketError>
      do throws(SocketError) {
        let isSocket = self == .async
        let list = list as [any ByteSegment]
        result = .success(
          isSocket
            ? try await socket.send(list, skipping: skipped) : try await socket.descriptor.send(list, skipping: skipped))
      } catch {
        result = .failure(error)
      }
      return SendEnd { () throws(SocketError) in try result.get() }
    default:
      return await OwnThread { SendEnd { () throws(SocketError) in try block(list, skipping: skipped, on: socket) } }.value
    }
  }

  /// The forms that block.
  private func block(_ list: [any ByteSegment], skipping skipped: Int, on socket: Socket) throws(SocketError) -> Int {
    switch self {
    case .blocking: return try socket.send(list, skipping: skipped)
    case .blockingWithTimeout: return try socket.send(list, skipping: skipped, timeout: .seconds(50))
    case .onDescriptor: return try socket.descriptor.send(list, skipping: skipped)
    case .nonblockingDescriptor:
      try socket.setBlocking(false)
      return try socket.descriptor.send(list, skipping: skipped, timeout: .seconds(50))
    default: return try offer(SendCursor(list, skipping: skipped), on: socket)
    }
  }

  private func offer(_ cursor: consuming SendCursor, on socket: Socket) throws(SocketError) -> Int {
    var cursor = cursor
    var sent = 0
    while !cursor.isFinished {
      let answer = cursor.offer(on: socket)
      sent += answer.bytesSent
      if let error = answer.error { throw SocketError(errno: error.errno, bytesSent: sent) }
      if answer.wouldBlock { _ = try socket.poll(for: .room, timeout: .seconds(50)) }
    }
    return sent
  }
}

extension SocketTests {
  @Suite("Regions of files in a list") struct FileRegionTests {
    @Test(
      "memory, a region, memory: all arrives, and the file's offset stays", arguments: StreamKind.allCases,
      FileSendForm.allCases)
    private func arrives(kind: StreamKind, form: FileSendForm) async throws {
      let file = try TestFile(byteCount: 3 << 20)
      for (offset, length) in [(0, 0), (7, 100), (1, 40_000), (4096, 3_000_000)] {
        let pair = try kind.smallPair()
        let region = try FileRegion(file.descriptor, offset: Int64(offset), length: length)
        let trailer = "a trailer of more than 15 bytes"
        let list: [any ByteSegment & Sendable] = ["head: ", region, [1, 2, 3], region[length / 2..<length], trailer]
        var expected = Array("head: ".utf8) + file.bytes[offset..<offset + length] + [1, 2, 3]
        expected += file.bytes[offset + length / 2..<offset + length] + Array(trailer.utf8)
        let reader = Reader(pair.receiver)
        let end = await form.send(list, on: pair.sender)
        #expect(end.error == nil && end.bytesSent == expected.count)
        pair.sender.close()
        #expect(firstDifference(await reader.value.bytes, expected) == nil)
        #expect(lseek(file.descriptor, 0, SEEK_CUR) == 3)
      }
    }

    @Test("what is skipped ends before, within and after a region", arguments: FileSendForm.allCases)
    private func skipping(form: FileSendForm) async throws {
      let file = try TestFile(byteCount: 100)
      let list: [any ByteSegment & Sendable] = [[1, 2], try FileRegion(file.descriptor, offset: 10, length: 20), "end"]
      let all = [1, 2] + file.bytes[10..<30] + Array("end".utf8)
      for skipped in 0..<all.count {
        let pair = try unixPair(.stream)
        let end = await form.send(list, skipping: skipped, on: pair.sender)
        #expect(end.error == nil && end.bytesSent == all.count - skipped)
        pair.sender.close()
        #expect(await Reader(pair.receiver).value.bytes == Array(all[skipped...]))
      }
    }

    @Test("on a datagram the region is part of the message", arguments: FileSendForm.allCases)
    private func message(form: FileSendForm) async throws {
      let file = try TestFile(byteCount: 100)
      let pair = try unixPair(.datagram)
      let end = await form.send(["head", try FileRegion(file.descriptor, offset: 90)], on: pair.sender)
      #expect(end.error == nil && end.bytesSent == 14)
      #expect(try await pair.receiver.receive(upTo: 100) == Array("head".utf8) + file.bytes[90...])
    }

    @Test("a file that ends before its region: ENODATA, with the count", arguments: FileSendForm.allCases)
    private func ends(form: FileSendForm) async throws {
      let file = try TestFile(byteCount: 100)
      let pair = try unixPair(.stream)
      let end = await form.send(["head", try FileRegion(file.descriptor, offset: 90, length: 11), "tail"], on: pair.sender)
      #expect(end.error?.errno == fileEnded && end.bytesSent == 14)
    }

    @Test("regions: to the end, of a length, and what is refused")
    func regions() throws {
      let file = try TestFile(byteCount: 100)
      #expect(try FileRegion(file.descriptor).byteCount == 100)
      #expect(try FileRegion(file.descriptor, offset: 100).byteCount == 0)
      let part = try FileRegion(file.descriptor, offset: 10, length: 50)[5..<9]
      #expect(part.offset == 15 && part.byteCount == 4)
      func errno(_ region: () throws(SocketError) -> FileRegion) -> CInt? {
        do throws(SocketError) { _ = try region() } catch { return error.errno }
        return nil
      }
      #expect(errno { () throws(SocketError) in try FileRegion(file.descriptor, offset: 101) } == EINVAL)
      #expect(errno { () throws(SocketError) in try FileRegion(file.descriptor, offset: -1) } == EINVAL)
      #expect(errno { () throws(SocketError) in try FileRegion(file.descriptor, length: -1) } == EINVAL)
      #expect(errno { () throws(SocketError) in try FileRegion(-1) } == EBADF)
      let pair = try unixPair(.stream)
      #expect(errno { () throws(SocketError) in try FileRegion(pair.sender.descriptor.rawValue) } == ESPIPE)
    }

    @Test("a value of a type of one's own may add a region")
    func composed() async throws {
      struct Response: ByteSegment {
        let head: String
        let body: FileRegion
        func addBytes(to list: inout SegmentList) {
          list.append(head)
          list.append(body)
        }
      }
      let file = try TestFile(byteCount: 50_000)
      let pair = try StreamKind.tcp.smallPair()
      let reader = Reader(pair.receiver)
      let response = Response(head: "head", body: try FileRegion(file.descriptor))
      #expect(response.byteCount == 50_004)
      #expect(try await pair.sender.send(response) == 50_004)
      pair.sender.close()
      #expect(await reader.value.bytes == Array("head".utf8) + file.bytes)
    }
  }
}
