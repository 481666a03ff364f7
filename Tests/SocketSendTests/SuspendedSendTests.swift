// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@testable import SocketSendAsync

extension SocketTests {
  @Suite("An async send on the event thread") struct SuspendedSendTests {
    private func send(_ list: consuming SendCursor, on socket: Socket) -> SuspendedSend {
      SuspendedSend(
        SendProgress(list, after: nil, on: socket.descriptor, flags: 0, until: .never, socket: socket))
    }

    @Test("the event thread offers a list of memory again, and leaves a list with a file to the task: it waits for no disk")
    func retries() throws {
      let pair = try StreamKind.unix.smallPair()
      let file = try TestFile(byteCount: 10)
      let region = try FileRegion(file.descriptor)
      let memory: [UInt8] = [1, 2, 3]
      #expect(send(SendCursor([memory]), on: pair.sender).mayRetry)
      #expect(!send(SendCursor([region]), on: pair.sender).mayRetry)
      #expect(!send(SendCursor([memory, region, memory] as [any ByteSegment]), on: pair.sender).mayRetry)
      #expect(file.keepsItsOffset)
    }
  }
}
