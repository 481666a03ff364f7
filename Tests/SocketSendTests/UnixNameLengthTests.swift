// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("Unix names of the greatest length") struct UnixNameLengthTests {
    /// A name that no other socket has, of `length` bytes with its `start`.
    private func name(_ start: String, length: Int) -> String {
      let unique = "\(start)socketsend-\(getpid())-\(UInt64.random(in: 0 ... .max))-"
      return unique + String(repeating: "n", count: length - unique.utf8.count)
    }

    private func expectExchange(at name: String) throws {
      let address = try SocketAddress.unix(path: name)
      let listener = try Socket(.unix, .stream)
      try listener.bind(to: address)
      try listener.listen()
      #expect(try listener.localAddress == address && listener.localAddress.path == name)
      let client = try Socket(.unix, .stream)
      try client.connect(to: address)
      #expect(try client.peerAddress.path == name)
      #expect(try client.send([[1], [2]]) == 2)
      #expect(try listener.accept().receive(upTo: 9) == [1, 2])
    }

    private func expectMessage(at name: String) throws {
      let address = try SocketAddress.unix(path: name)
      let receiver = try Socket(.unix, .datagram)
      try receiver.bind(to: address)
      let sender = try Socket(.unix, .datagram)
      #expect(try sender.send([[3], [4]], to: address) == 2)
      #expect(nextMessage(receiver) == [3, 4])
    }

    @Test("an abstract name, behind its NUL: bound, connected and sent to", arguments: [1 + 106, 1 + 107])
    func abstract(length: Int) throws {
      try expectExchange(at: name("\0", length: length))
      try expectMessage(at: name("\0", length: length))
    }

    @Test("two names that differ in the last byte are two")
    func lastByteCounts() throws {
      let common = name("\0", length: 107)
      let one = try Socket(.unix, .datagram)
      let other = try Socket(.unix, .datagram)
      try one.bind(to: .unix(path: common + "1"))
      try other.bind(to: .unix(path: common + "2"))
      #expect(try one.send([[1]], to: .unix(path: common + "2")) == 1)
      #expect(nextMessage(one) == nil && nextMessage(other) == [1])
    }

    @Test("a path: bound, connected and sent to", arguments: [106, 107])
    func path(length: Int) throws {
      for expect in [expectExchange, expectMessage] {
        let path = name("/tmp/", length: length)
        defer { unlink(path) }
        try expect(path)
      }
    }

    @Test("108 bytes are too many for either: invalidArgument")
    func tooLong() {
      #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: name("/tmp/", length: 108)) }
      #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: name("\0", length: 1 + 108)) }
    }
  }
}
