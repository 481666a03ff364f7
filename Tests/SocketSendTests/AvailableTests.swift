// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("available") struct AvailableTests {
    @Test("a stream: all bytes that arrived, and none of what was received", arguments: StreamKind.allCases)
    func stream(kind: StreamKind) throws {
      let pair = try kind.pair()
      #expect(try pair.receiver.available == 0)
      #expect(try pair.sender.send([[1, 2], [3]]) == 3)
      #expect(try pair.sender.send([[4]]) == 1)
      pair.sender.close()
      #expect(try pair.receiver.poll(for: .data, timeout: .seconds(20)))
      #expect(try pair.receiver.receive(upTo: 1) == [1])
      #expect(try pair.receiver.available == 3)
      #expect(try pair.receiver.receive(upTo: 9) == [2, 3, 4])
      #expect(try pair.receiver.available == 0)
    }

    @Test("datagrams: the length of the next one", arguments: [DatagramKind.udp, .unix])
    func datagrams(kind: DatagramKind) throws {
      let pair = try kind.pair()
      #expect(try pair.receiver.available == 0)
      #expect(try pair.sender.send([[1, 2, 3]]) == 3)
      #expect(try pair.sender.send([[4]]) == 1)
      #expect(try pair.receiver.available == 3)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2, 3])
      #expect(try pair.receiver.available == 1)
    }

    @Test("seqpacket: the bytes of all messages")
    func sequencedPackets() throws {
      let pair = try DatagramKind.sequencedPacket.pair()
      #expect(try pair.sender.send([[1, 2, 3]]) == 3)
      #expect(try pair.sender.send([[4]]) == 1)
      #expect(try pair.receiver.available == 4)
    }

    @Test("a listener has none to ask for, nor a closed socket")
    func errors() throws {
      let listener = try listener(.ipv4)
      #expect(throws: SocketError(errno: EINVAL)) { try listener.available }
      listener.close()
      #expect(throws: SocketError(code: .closed, errno: EBADF)) { try listener.available }
    }
  }
}
