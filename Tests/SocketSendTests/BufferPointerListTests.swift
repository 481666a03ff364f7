// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Lists of buffer pointers, and spans") struct BufferPointerListTests {
    /// The borders of windows into 100 bytes: apart, overlapping, empty, whole.
    private static let windows = [0..<10, 90..<100, 5..<15, 0..<0, 50..<50, 100..<100, 0..<100]

    private let bytes = countedBytes(100)
    private var expected: [UInt8] { Self.windows.flatMap { bytes[$0] } }

    @Test("raw and typed, to be read alone")
    func readOnly() throws {
      try bytes.withUnsafeBytes { raw in
        try expectArrival(of: Self.windows.map { UnsafeRawBufferPointer(rebasing: raw[$0]) }, as: expected)
      }
      try bytes.withUnsafeBufferPointer { typed in
        try expectArrival(of: Self.windows.map { UnsafeBufferPointer(rebasing: typed[$0]) }, as: expected)
      }
    }

    @Test("raw and typed, mutable")
    func mutable() throws {
      let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 100, alignment: 1)
      defer { memory.deallocate() }
      memory.copyBytes(from: bytes)
      try expectArrival(of: Self.windows.map { UnsafeMutableRawBufferPointer(rebasing: memory[$0]) }, as: expected)
      let typed = memory.bindMemory(to: UInt8.self)
      try expectArrival(of: Self.windows.map { UnsafeMutableBufferPointer(rebasing: typed[$0]) }, as: expected)
    }

    @Test("without an address")
    func noAddress() throws {
      try expectArrival(of: [UnsafeRawBufferPointer(start: nil, count: 0)], as: [])
      try expectArrival(of: [UnsafeMutableBufferPointer<UInt8>(start: nil, count: 0)], as: [])
    }

    @Test("a span is one segment, by every send")
    func spans() throws {
      for count in [0, 1, 100] {
        let expected = Array(bytes[..<count])
        let owner = ContiguousArray(expected)
        let pair = try unixPair(.datagram)
        #expect(try pair.sender.send(owner.span.bytes) == count)
        #expect(try pair.sender.descriptor.send(owner.span.bytes, timeout: .seconds(5)) == count)
        #expect(nextMessage(pair.receiver) == expected && nextMessage(pair.receiver) == expected)
        let udp = try boundUDP()
        #expect(try Socket(.ipv4, .datagram).send(owner.span.bytes, to: udp.localAddress) == count)
        #expect(nextMessage(udp) == expected)
      }
    }

    @Test("a span is checked as a list is")
    func spanChecks() throws {
      let pair = try unixPair(.stream)
      let owner = ContiguousArray(bytes)
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try pair.sender.send(owner.span.bytes, flags: .partial) }
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try pair.sender.descriptor.send(owner.span.bytes, flags: .partial) }
      let traces = try SendTraces.of(pair.sender) { _ = try pair.sender.send(owner.span.bytes) }
      #expect(traces.map(\.segments) == [1] && traces.map(\.bytesAsked) == [100])
      pair.sender.close()
      #expect(throws: SocketError(code: .closed, errno: EBADF)) { try pair.sender.send(owner.span.bytes) }
    }
  }
}
