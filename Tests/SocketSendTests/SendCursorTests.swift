// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

extension SocketTests {
  @Suite("A list that is offered again and again") struct SendCursorTests {
    /// Offers what is left until nothing is, and reads when the socket is full. Returns what arrived and the number of offers.
    private func run(
      _ cursor: consuming SendCursor, on pair: ConnectedPair, _ offer: (inout SendCursor) -> SendCursor.Answer
    ) throws -> (bytes: [UInt8], offers: Int) {
      var cursor = cursor
      var arrived: [UInt8] = []
      var offers = 0
      while !cursor.isFinished {
        let before = cursor.bytesLeft
        let answer = offer(&cursor)
        offers += 1
        let left = cursor.bytesLeft
        #expect(answer.error == nil && answer.bytesLeft == left)
        #expect(before - answer.bytesSent == answer.bytesLeft)
        if answer.wouldBlock { arrived += try pair.receiver.receive(upTo: 1 << 20) }
      }
      pair.sender.close()
      return (arrived + readAll(pair.receiver, Pace(most: .max)).bytes, offers)
    }

    @Test(
      "all of a long list arrives, in order, on a descriptor and on a Socket", arguments: StreamKind.allCases,
      [true, false])
    func long(kind: StreamKind, onSocket: Bool) throws {
      let pair = try kind.smallPair()
      let list = (0..<2000).map { countedBytes(100 + $0 % 37) }
      let (bytes, offers) = try run(SendCursor(list), on: pair) { cursor in
        onSocket ? cursor.offer(on: pair.sender) : cursor.offer(on: pair.sender.descriptor)
      }
      #expect(firstDifference(bytes, list.flatMap { $0 }) == nil)
      #expect(offers > 2)
    }

    @Test("a mixed list, a list of slices, one value, and what was sent before")
    func forms() throws {
      func arrival(of cursor: consuming SendCursor) throws -> String {
        let pair = try unixPair(.stream)
        return String(decoding: try run(cursor, on: pair) { $0.offer(on: pair.sender) }.bytes, as: UTF8.self)
      }
      #expect(try arrival(of: SendCursor(["GET ", Array("/ ".utf8)[...], "HTTP"[...]])) == "GET / HTTP")
      #expect(try arrival(of: SendCursor([Array("ab".utf8)[...], Array("cd".utf8)[1...]])) == "abd")
      #expect(
        try arrival(of: SendCursor("a string that is longer than fifteen bytes"))
          == "a string that is longer than fifteen bytes")
      #expect(try arrival(of: SendCursor(["abc", "def"], skipping: 4)) == "ef")
    }

    @Test("a full socket is a value, and nothing is lost", arguments: StreamKind.allCases)
    func full(kind: StreamKind) throws {
      let pair = try kind.smallPair()
      var cursor = SendCursor([[UInt8]](repeating: countedBytes(64 << 10), count: 64))
      let all = cursor.bytesLeft
      var sent = 0
      var answer = cursor.offer(on: pair.sender)
      while !answer.wouldBlock {
        sent += answer.bytesSent
        answer = cursor.offer(on: pair.sender)
      }
      sent += answer.bytesSent
      let cursorIsFinished = cursor.isFinished
      #expect(answer.error == nil && answer.bytesLeft == all - sent && !cursorIsFinished)
      // The mode of the socket did not change.
      #expect(try pair.sender.isBlocking)
    }

    @Test("a message goes whole or not at all", arguments: DatagramKind.allCases)
    func message(kind: DatagramKind) throws {
      let pair = try kind.pair()
      var cursor = SendCursor(["one ", "message"])
      let whole = cursor.offer(on: pair.sender)
      #expect(whole == SendCursor.Answer(bytesSent: 11, bytesLeft: 0))
      let cursorIsFinished = cursor.isFinished
      #expect(cursorIsFinished)
      #expect(try pair.receiver.receive(upTo: 100) == Array("one message".utf8))
      // Nothing is offered twice.
      let again = cursor.offer(on: pair.sender)
      #expect(again == SendCursor.Answer(bytesSent: 0, bytesLeft: 0))
      var long = SendCursor([UInt8](repeating: 1, count: 8 << 20))
      let answer = long.offer(on: pair.sender)
      let longIsFinished = long.isFinished
      #expect(answer.error?.code == .messageSize && answer.bytesLeft == 8 << 20 && !longIsFinished)
      // An empty message is one.
      var empty = SendCursor("")
      let emptyIsFinishedAtFirst = empty.isFinished
      #expect(!emptyIsFinishedAtFirst)
      let last = empty.offer(on: pair.sender)
      let emptyIsFinished = empty.isFinished
      #expect(last == SendCursor.Answer(bytesSent: 0, bytesLeft: 0) && emptyIsFinished)
      #expect(try pair.receiver.receive(upTo: 100) == [])
    }

    @Test("a message goes to an address")
    func address() throws {
      let receiver = try boundUDP()
      let sender = try Socket(.ipv4, .datagram)
      let address = try receiver.localAddress
      var cursor = SendCursor(["to ", "you"])
      let one = cursor.offer(on: sender, to: address)
      #expect(one.bytesSent == 6)
      #expect(try receiver.receive(upTo: 100) == Array("to you".utf8))
      var next = SendCursor("again")
      let other = next.offer(on: sender.descriptor, to: address)
      #expect(other.bytesSent == 5)
      #expect(try receiver.receive(upTo: 100) == Array("again".utf8))
    }

    @Test("errors are values, and the list keeps what is left")
    func errors() throws {
      let pair = try unixPair(.stream)
      var none = SendCursor([[UInt8]]())
      let empty = none.offer(on: pair.sender)
      #expect(empty.error?.code == .invalidArgument)
      var cursor = SendCursor("text")
      let refused = cursor.offer(on: pair.sender, flags: .broadcast)
      #expect(refused.error?.code == .operationNotSupported)
      pair.receiver.close()
      let answer = cursor.offer(on: pair.sender)
      let cursorIsFinished = cursor.isFinished
      #expect(answer.error?.code == .shutdown && answer.bytesLeft == 4 && !cursorIsFinished && !answer.wouldBlock)
      pair.sender.close()
      let closed = cursor.offer(on: pair.sender)
      #expect(closed.error?.code == .closed)
    }

    @Test("an offer meets a send that has the turn: it would block, and goes later")
    func turn() async throws {
      let pair = try StreamKind.unix.smallPair()
      let list = [[UInt8]](repeating: countedBytes(1 << 20), count: 4)
      let sender = OwnThread { Result { try pair.sender.send(list) } }
      // The send has filled the socket once this byte is there, and keeps the turn for the rest.
      var left = (4 << 20) - (try await pair.receiver.receive(upTo: 1).count)
      var cursor = SendCursor("last")
      let answer = cursor.offer(on: pair.sender)
      #expect(answer == SendCursor.Answer(bytesSent: 0, bytesLeft: 4, wouldBlock: true))
      while left > 0 { left -= try await pair.receiver.receive(upTo: left).count }
      // The list's last byte can arrive before its send has given the turn back: an offer in between would block again.
      #expect(try await sender.value.get() == 4 << 20)
      #expect(cursor.offer(on: pair.sender) == SendCursor.Answer(bytesSent: 4, bytesLeft: 0, wouldBlock: false))
      #expect(try await pair.receiver.receive(upTo: 9) == Array("last".utf8))
    }

    @Test("a cursor keeps its values alive")
    func lifetime() throws {
      let pair = try unixPair(.stream)
      func make() -> SendCursor {
        SendCursor([(0..<100).map { UInt8($0) }, "made here, and longer than fifteen bytes: \(Int.random(in: 1...1))"])
      }
      var cursor = make()
      let answer = cursor.offer(on: pair.sender)
      #expect(answer.bytesLeft == 0)
      let expected = (0..<100).map { UInt8($0) } + Array("made here, and longer than fifteen bytes: 1".utf8)
      #expect(try pair.receiver.receive(upTo: 1000) == expected)
    }
  }
}
