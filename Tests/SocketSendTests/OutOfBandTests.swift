// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  @Suite("OutOfBand, TCP: last byte of the list becomes urgent") struct OutOfBandTests {
    @Test(
      "whatever the list's form",
      arguments: [[[1], [2, 3]], [[9]], [[1, 2, 3], [], [4], []]] as [[ArraySegment<UInt8>]])
    func marksTheLastByte(list: [ArraySegment<UInt8>]) async throws {
      let pair = try tcpPair()
      #expect(try sendHere(list, on: pair.sender, flags: .outOfBand) == list.byteCount)
      await pair.receiver.untilPolled(POLLPRI)
      #expect(urgentByte(pair.receiver) == list.joinedBytes.last)
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes == list.joinedBytes.dropLast())
    }

    @Test("and no other one, of a list that goes in many pieces")
    func marksOneByteOfMany() async throws {
      let list = randomList(segments: 5000, atMost: 400_000, seed: runSeed) + [[0xAA, 0xBB]]
      let pair = try tcpPair(sendBuffer: 8192, receiveBuffer: 8192)
      var pace = Pace.slow
      pace.most = list.byteCount - 1
      let reader = Reader(pair.receiver, pace)
      let sender = await Sender(list, on: pair.sender, flags: .outOfBand).value
      #expect(sender.error == nil && sender.bytesSent == list.byteCount)
      pair.sender.close()
      let received = await reader.value
      #expect(firstDifference(received.bytes, list.joinedBytes.dropLast()) == nil, "seed \(runSeed)")
      await pair.receiver.untilPolled(POLLPRI)
      #expect(urgentByte(pair.receiver) == 0xBB)
      #expect(readAll(pair.receiver).bytes.isEmpty)
    }

    @Test(
      "a Unix stream: its last byte too, or operationNotSupported after all bytes but that one",
      arguments: [1, 2, 64, 5000])
    func unixStream(segments: Int) throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      let list = evenList(segments: segments, of: 3)
      let end = SendEnd { () throws(SocketError) in try pair.sender.send(list, flags: .outOfBand) }
      if end.error == nil {
        #expect(end.bytesSent == list.byteCount && urgentByte(pair.receiver) == 0x5a)
      } else {
        #expect(end.error == SocketError(errno: EOPNOTSUPP, bytesSent: list.byteCount - 1))
      }
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes.count == list.byteCount - 1)
    }

    @Test("messages: operationNotSupported, nothing sent", arguments: DatagramKind.allCases)
    func messages(kind: DatagramKind) throws {
      let pair = try kind.pair()
      #expect(errorOfSending([[1], [2]], on: pair.sender, flags: .outOfBand) == SocketError(errno: EOPNOTSUPP))
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("none of a list that did not go whole", arguments: [64, 5000])
    func marksNothingYet(segments: Int) throws {
      let pair = try tcpPair(sendBuffer: 8192, receiveBuffer: 8192)
      let list = evenList(segments: segments, of: 5_000_000 / segments)
      let count = try pair.sender.send(list, flags: [.outOfBand, .doNotWait])
      #expect(count > 0 && count < list.byteCount)
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes.count == count)
      #expect(urgentByte(pair.receiver) == nil)
    }
  }
}

private func urgentByte(_ socket: Socket) -> UInt8? {
  var byte: UInt8 = 0
  return recv(socket.descriptor.rawValue, &byte, 1, CInt(MSG_OOB)) == 1 ? byte : nil
}
