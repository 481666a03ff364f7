// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

// On Apple's systems, arrays and strings have spans from macOS 26 on.
#if !canImport(Darwin)
  extension SocketTests {
    @Suite("Sends of a SpanList") struct SpanListTests {
      @Test("on a stream all spans arrive in order, from memory of every kind", arguments: StreamKind.allCases)
      func stream(kind: StreamKind) throws {
        let pair = try kind.pair()
        let array = countedBytes(300)
        let slice = countedBytes(50)[10..<20]
        let nothing: [UInt8] = []
        let numbers: [UInt32] = [1, 2, 3]
        let allocated = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 5)
        defer { allocated.deallocate() }
        allocated.initialize(repeating: 42)

        var list = SpanList()
        list.append(array.span)
        list.append(slice.span)
        list.append(nothing.span)
        list.append(numbers.span.bytes)
        list.append(allocated.span)
        list.append(array.span.extracting(290...))
        list.append(array.span.bytes)

        let expected =
          array + slice + numbers.withUnsafeBytes { Array($0) } + [42, 42, 42, 42, 42] + array[290...] + array
        let counts = [
          list.byteCount, try pair.sender.send(list), try pair.sender.descriptor.send(list),
        ]
        #expect(counts == [expected.count, expected.count, expected.count])
        let received = readAll(pair.receiver, Pace(most: 2 * expected.count)).bytes
        #expect(firstDifference(received, expected + expected) == nil)
      }

      @available(macOS 26, iOS 26, tvOS 26, watchOS 26, visionOS 26, *)
      @Test("bytes that a value holds inside are sent, too")
      func insideValues() throws {
        let pair = try unixPair(.stream)
        let short = "short"
        let long = "text that a string does not hold inside"
        let inside: InlineArray<3, UInt8> = [65, 66, 67]
        var list = SpanList()
        list.append(short.utf8.span)
        list.append("n: \(short.count)\r\n".utf8.span)
        list.append(long.utf8.span)
        list.append(inside.span)
        try pair.sender.send(list)
        let received = try pair.receiver.receive(upTo: 999)
        #expect(String(decoding: received, as: UTF8.self) == "shortn: 5\r\n" + long + "ABC")
      }

      @Test("a list is one message", arguments: DatagramKind.allCases)
      func message(kind: DatagramKind) throws {
        let pair = try kind.pair()
        let head = countedBytes(20)
        let body = countedBytes(5000)
        var list = SpanList()
        list.append(head.span)
        list.append(body.span)
        let counts = [try pair.sender.send(list), try pair.sender.descriptor.send(list)]
        #expect(counts == [5020, 5020])
        for _ in counts { #expect(try pair.receiver.receive(upTo: 9999) == head + body) }
      }

      @Test("one empty span is an empty message, and a list without spans is an error")
      func empty() throws {
        let pair = try unixPair(.datagram)
        let nothing: [UInt8] = []
        var list = SpanList()
        let refused = [failure(of: list, on: pair.sender), failure(of: list, on: pair.sender.descriptor)]
        #expect(refused == [SocketError(errno: EINVAL), SocketError(errno: EINVAL)])
        list.append(nothing.span)
        let sent = try pair.sender.send(list)
        #expect(sent == 0)
        #expect(try pair.receiver.receive(upTo: 10) == [])
      }

      @Test("lists of any length, sent again and again", arguments: [1, 2, 63, 64, 65, 128, 129, 1000, 2500])
      func lengths(count: Int) throws {
        let pair = try unixPair(.stream, sendBuffer: 1 << 20)
        let source = countedBytes(3 * count)
        // From 0 to 5 bytes each, out of order.
        let windows = (1...count).map { index in
          let start = (index * 7) % (3 * count)
          return start..<min(start + index % 6, 3 * count)
        }
        let expected = windows.flatMap { source[$0] }
        var list = SpanList()
        for window in windows { list.append(source.span.extracting(window)) }
        for skipped in Set([0, 1, expected.count / 2, expected.count - 1]) where (0..<expected.count).contains(skipped) {
          let rest = Array(expected[skipped...])
          let counts = [
            try pair.sender.send(list, skipping: skipped), try pair.sender.descriptor.send(list, skipping: skipped),
            list.byteCount,
          ]
          #expect(counts == [rest.count, rest.count, expected.count])
          let received = readAll(pair.receiver, Pace(most: 2 * rest.count)).bytes
          #expect(firstDifference(received, rest + rest) == nil)
        }
      }

      @Test("it can skip any number of bytes, and nothing is left past the end")
      func skipping() throws {
        let pair = try unixPair(.stream)
        let first: [UInt8] = [1, 2, 3]
        let nothing: [UInt8] = []
        let last: [UInt8] = [4, 5]
        var list = SpanList()
        list.append(first.span)
        list.append(nothing.span)
        list.append(last.span)
        for skipped in 0..<5 {
          let sent = try pair.sender.send(list, skipping: skipped)
          #expect(sent == 5 - skipped)
          #expect(try pair.receiver.receive(upTo: 9) == Array([1, 2, 3, 4, 5][skipped...]))
        }
        for skipped in [5, 6, .max] {
          let refused = failure(of: list, on: pair.sender, skipping: skipped)
          #expect(refused == SocketError(errno: EINVAL))
        }
        #expect(drain(pair.receiver) == 0)
      }

      @Test("a list is resumed until all of it went", arguments: StreamKind.allCases)
      func resuming(kind: StreamKind) async throws {
        let pair = try kind.smallPair()
        let body = countedBytes(30_000)
        let times = 100
        let reader = Reader(pair.receiver, Pace(most: times * body.count))
        let sender = OwnThread { Result { try sendInPieces(body, times: times, on: pair.sender) } }
        let calls = try await sender.value.get()
        #expect(calls > 1)
        let expected = Array(repeatElement(body, count: times).joined())
        #expect(firstDifference(await reader.value.bytes, expected) == nil)
      }

      @Test("an address and flags")
      func addressAndFlags() throws {
        let receiver = try boundUDP()
        let address = try receiver.localAddress
        let sender = try Socket(.ipv4, .datagram)
        let head: [UInt8] = [1, 2]
        let body: [UInt8] = [3]
        var list = SpanList()
        list.append(head.span)
        list.append(body.span)
        try sender.send(list, to: address)
        #expect(try receiver.receive(upTo: 9) == [1, 2, 3])
        try sender.descriptor.send(list, skipping: 1, to: address, flags: .dontRoute)
        #expect(try receiver.receive(upTo: 9) == [2, 3])
      }

      @Test("a time-out is one for the call, and a full socket is an error where it may not wait")
      func timeout() throws {
        let pair = try StreamKind.unix.smallPair()
        let large = countedBytes(1 << 20)
        var list = SpanList()
        list.append(large.span)
        list.append(large.span)
        let late = failure(of: list, on: pair.sender, timeout: .milliseconds(20))
        #expect(late?.isOwnTimeout == true && late!.bytesSent > 0)
        let later = failure(of: list, on: pair.sender.descriptor, timeout: .milliseconds(20))
        #expect(later?.isOwnTimeout == true && later?.bytesSent == 0)
        let full = failure(of: list, on: pair.sender, flags: .doNotWait)
        #expect(full?.code == .wouldBlock)
      }

      @Test("a negative count traps")
      func trapsNegative() async {
        await #expect(processExitsWith: .failure) { try sendSkippingLessThanNothing() }
      }
    }
  }

  // `#expect` takes its expression into a closure, which a list that must not escape cannot stand in. So its sends are made outside.

  private func failure(
    of list: borrowing SpanList, on socket: Socket, skipping skipped: Int = 0, flags: SocketFlags = [],
    timeout: Duration? = nil
  ) -> SocketError? {
    do throws(SocketError) {
      try socket.send(list, skipping: skipped, flags: flags, timeout: timeout)
      return nil
    } catch {
      return error
    }
  }

  private func failure(
    of list: borrowing SpanList, on descriptor: SocketDescriptor, timeout: Duration? = nil
  ) -> SocketError? {
    do throws(SocketError) {
      try descriptor.send(list, timeout: timeout)
      return nil
    } catch {
      return error
    }
  }

  /// Sends a list of the body that many times, each call within a millisecond. Returns the number of calls.
  private func sendInPieces(_ body: [UInt8], times: Int, on socket: Socket) throws -> Int {
    var list = SpanList()
    for _ in 0..<times { list.append(body.span) }
    var sent = 0
    var calls = 0
    while sent < list.byteCount {
      calls += 1
      do throws(SocketError) {
        sent += try socket.send(list, skipping: sent, timeout: .milliseconds(1))
      } catch {
        guard error.isOwnTimeout else { throw error }
        sent += error.bytesSent
      }
    }
    return calls
  }

  /// A function of its own, since an exit test is asynchronous and so cannot call the form that blocks.
  private func sendSkippingLessThanNothing() throws {
    let (sender, _) = try Socket.pair()
    let byte: [UInt8] = [1]
    var list = SpanList()
    list.append(byte.span)
    try sender.send(list, skipping: -1)
  }
#endif
