// SPDX-License-Identifier: Apache-2.0

#if NIO
  import NIOCore
  import SocketSend
  import SocketSendNIO
  import Testing

  @Suite("Lists of ByteBuffer") struct ByteBufferListTests {
    private let pair: (sender: Socket, receiver: Socket)

    init() throws { pair = try Socket.pair() }

    private func buffer(_ count: Int) -> ByteBuffer { ByteBuffer(bytes: (0..<count).map { UInt8(truncatingIfNeeded: $0) }) }

    @Test("the readable bytes go, and stay readable")
    func readable() throws {
      var list = (0..<100).map(buffer)
      list[50].moveReaderIndex(forwardBy: 20)
      list[60].reserveCapacity(1000)
      let before = list
      let expected = list.flatMap { Array($0.readableBytesView) }
      let mixed: [any ByteSegment] = list
      #expect(try pair.sender.send(list) == expected.count && list == before)
      #expect(try pair.receiver.receive(upTo: 9999) == expected)
      #expect(try pair.sender.send(mixed) == expected.count)
      #expect(try pair.receiver.receive(upTo: 9999) == expected)
    }

    @Test("slices and views")
    func slices() throws {
      let whole = buffer(200)
      let slices = [whole.getSlice(at: 100, length: 50)!, whole.getSlice(at: 0, length: 0)!, whole]
      #expect(try pair.sender.send(slices) == 250)
      #expect(try pair.receiver.receive(upTo: 9999) == Array(100..<150) + Array(0..<200))
      #expect(try pair.sender.send([whole.readableBytesView[10..<20], whole.viewBytes(at: 5, length: 3)!]) == 13)
      #expect(try pair.receiver.receive(upTo: 9999) == Array(10..<20) + [5, 6, 7])
    }

    @Test("empty ones: nothing on a stream, one empty datagram")
    func empty() throws {
      #expect(try pair.sender.send([ByteBuffer()]) == 0)
      let (sender, receiver) = try Socket.pair(.datagram)
      #expect(try sender.send([ByteBuffer(), ByteBuffer()]) == 0)
      #expect(try receiver.receive(upTo: 9) == [])
    }

    @Test("made for the call")
    func temporaries() throws {
      #expect(try pair.sender.send((0..<100).map { ByteBuffer(repeating: 5, count: $0) }) == 4950)
      #expect(try pair.receiver.receive(upTo: 9999) == [UInt8](repeating: 5, count: 4950))
    }
  }
#endif
