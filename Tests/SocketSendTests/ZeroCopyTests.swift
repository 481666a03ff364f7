// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

#if os(Linux)
  /// A pair that takes 300 KB, most of which stay with the sender until the peer reads.
  private func pairThatHolds() throws -> ConnectedPair { try tcpPair(sendBuffer: 1 << 20, receiveBuffer: 8192) }

  private let held = 300_000

  private func errorQueueIsEmpty(_ socket: Socket) -> Bool {
    var header = msghdr()
    return recvmsg(socket.descriptor.rawValue, &header, CInt(MSG_ERRQUEUE)) < 0 && errno == EAGAIN
  }

  /// A send by a thread of its own of so many bytes in one array.
  private func sender(
    of count: Int, on socket: Socket, timeout: Duration? = nil
  ) -> OwnThread<Result<ZeroCopyResult, SocketError>> {
    OwnThread {
      Result { () throws(SocketError) in
        try socket.sendZeroCopy([[UInt8](repeating: 9, count: count)], timeout: timeout)
      }
    }
  }

  /// In a function that may wait: asynchronous code cannot call it.
  private func sendZeroHere(_ bytes: [UInt8], on socket: Socket) throws(SocketError) -> Int {
    try socket.sendZeroCopy([bytes]).bytesSent
  }

  private func ownTimeout(after count: Int) -> SocketError {
    SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: count, isOwnTimeout: true)
  }

  extension SocketTests {
    @Suite("Zero copy") struct ZeroCopyTests {
      @Test(
        "TCP on this host: every byte arrives, the kernel copied",
        arguments: hasIPv6 ? [SocketFamily.ipv4, .ipv6] : [.ipv4])
      func stream(family: SocketFamily) async throws {
        let pair = try tcpPair(sendBuffer: 1 << 18, over: family)
        let reader = Reader(pair.receiver)
        let list = randomList(segments: 2000, atMost: 3_000_000, seed: runSeed)
        let results = await OwnThread {
          (0..<3).map { _ in Result { () throws(SocketError) in try pair.sender.sendZeroCopy(list) } }
        }.value
        #expect(results == Array(repeating: .success(ZeroCopyResult(bytesSent: list.byteCount, wasCopied: true)), count: 3))
        #expect(errorQueueIsEmpty(pair.sender))
        pair.sender.close()
        let bytes = list.joinedBytes
        #expect(firstDifference(await reader.value.bytes, bytes + bytes + bytes) == nil, "seed \(runSeed)")
      }

      @Test("in non-blocking mode it waits too")
      func nonblocking() async throws {
        let pair = try tcpPair(sendBuffer: 1 << 16)
        try pair.sender.setBlocking(false)
        let thread = sender(of: 3_000_000, on: pair.sender)
        await thread.untilBlocked()
        let reader = Reader(pair.receiver)
        #expect(await thread.value == .success(ZeroCopyResult(bytesSent: 3_000_000, wasCopied: true)))
        pair.sender.close()
        #expect(await reader.value.bytes.count == 3_000_000)
      }

      @Test("UDP on this host: one message each, to the peer and to an address")
      func datagram() throws {
        let pair = try udpPair()
        let address = try pair.receiver.localAddress
        for list in [[[1, 2], [], [3]], [[]], evenList(segments: 4, of: 15_000)] as [[ArraySegment<UInt8>]] {
          #expect(try pair.sender.sendZeroCopy(list).bytesSent == list.byteCount)
          #expect(nextMessage(pair.receiver) == list.joinedBytes)
          #expect(try pair.sender.sendZeroCopy(list, to: address).bytesSent == list.byteCount)
          #expect(nextMessage(pair.receiver) == list.joinedBytes)
        }
        #expect(errorQueueIsEmpty(pair.sender))
      }

      @Test("a message of too many segments for zero copy goes with a copy")
      func messageOfManySegments() throws {
        let pair = try udpPair()
        let list = evenList(segments: 3000, of: 20)
        #expect(try pair.sender.sendZeroCopy(list) == ZeroCopyResult(bytesSent: 60_000, wasCopied: true))
        #expect(nextMessage(pair.receiver) == list.joinedBytes)
      }

      @Test("a message that no datagram holds is an error")
      func messageTooLong() throws {
        let pair = try udpPair()
        #expect(throws: SocketError(errno: EMSGSIZE)) {
          try pair.sender.sendZeroCopy([[UInt8](repeating: 1, count: 70_000)])
        }
      }

      @Test("a list of several types, and the rest of one")
      func mixed() throws {
        let pair = try tcpPair()
        let short: [UInt8] = [1, 2, 3]
        #expect(try pair.sender.sendZeroCopy(["header", short]).bytesSent == 9)
        #expect(try pair.sender.sendZeroCopy(["header", short], skipping: 6).bytesSent == 3)
        #expect(try pair.receiver.receive(upTo: 100) == Array("header".utf8) + [1, 2, 3, 1, 2, 3])
      }

      @Test("Unix sockets have no zero copy: a plain send", arguments: [Socket.Kind.stream, .datagram, .sequencedPacket])
      func unix(kind: Socket.Kind) throws {
        let pair = try unixPair(kind)
        #expect(try pair.sender.sendZeroCopy([[1] as [UInt8], [2]]) == ZeroCopyResult(bytesSent: 2, wasCopied: true))
        #expect(nextMessage(pair.receiver) == [1, 2])
      }

      @Test("a list with a region of a file: a plain send")
      func files() throws {
        let pair = try tcpPair()
        let file = try TestFile(byteCount: 100)
        let region = try FileRegion(file.descriptor, length: 3)
        #expect(try pair.sender.sendZeroCopy(["a", region]) == ZeroCopyResult(bytesSent: 4, wasCopied: true))
        #expect(try pair.receiver.receive(upTo: 100) == Array("a".utf8) + file.bytes.prefix(3))
      }

      @Test("bad arguments and a closed socket: as send says it")
      func badArguments() throws {
        let pair = try tcpPair()
        let none: [[UInt8]] = []
        #expect(throws: SocketError(errno: EINVAL)) { try pair.sender.sendZeroCopy(none) }
        #expect(throws: SocketError(errno: EINVAL)) { try pair.sender.sendZeroCopy([[1] as [UInt8]], timeout: .zero) }
        pair.sender.sendTimeout = .zero
        #expect(throws: SocketError(errno: EINVAL)) { try pair.sender.sendZeroCopy([[1] as [UInt8]]) }
        pair.sender.close()
        #expect(throws: SocketError(code: .closed, errno: EBADF)) { try pair.sender.sendZeroCopy(none) }
        #expect(throws: SocketError(code: .closed, errno: EBADF)) {
          try pair.sender.sendZeroCopy([[1] as [UInt8]], timeout: .seconds(1))
        }
      }

      @Test("notifications of somebody else's sends are not taken for its own")
      func foreignNotifications() async throws {
        let pair = try pairThatHolds()
        // The first turns the option on.
        #expect(try sendZeroHere([0], on: pair.sender) == 1)
        let byte = [UInt8](repeating: 1, count: 100)
        #expect(send(pair.sender.descriptor.rawValue, byte, 100, CInt(MSG_ZEROCOPY)) == 100)
        await pair.sender.untilPolled(POLLERR)
        let thread = sender(of: held, on: pair.sender)
        await thread.untilBlocked()
        #expect(!thread.isFinished)
        #expect(await Reader(pair.receiver, Pace(most: held + 101)).value.bytes.count == held + 101)
        #expect(await thread.value == .success(ZeroCopyResult(bytesSent: held, wasCopied: true)))
      }

      @Test("several threads at once: all bytes arrive, all calls end")
      func manyThreads() async throws {
        let pair = try tcpPair(sendBuffer: 1 << 20)
        let reader = Reader(pair.receiver)
        let threads = (0..<8).map { thread in
          OwnThread {
            (0..<30).allSatisfy { round in
              let list = [[UInt8](repeating: UInt8(thread), count: 1000 + round), [UInt8](repeating: 99, count: 20_000)]
              return (try? pair.sender.sendZeroCopy(list))?.bytesSent == 21_000 + round
            }
          }
        }
        for thread in threads { #expect(await thread.value) }
        #expect(errorQueueIsEmpty(pair.sender))
        pair.sender.close()
        #expect(await reader.value.bytes.count == 8 * (30 * 21_000 + 29 * 30 / 2))
      }

      @Test("traced as one send")
      func traced() throws {
        let pair = try tcpPair()
        let list = evenList(segments: 2, of: 10)
        let traces = try SendTraces.of(pair.sender) { _ = try? pair.sender.sendZeroCopy(list) }
        #expect(traces.map(\.bytesAccepted) == [20] && traces.map(\.segments) == [2])
        let none: [[UInt8]] = []
        let refused = try SendTraces.of(pair.sender) { _ = try? pair.sender.sendZeroCopy(none) }
        #expect(refused.map(\.error) == [SocketError(errno: EINVAL)])
      }
    }

    @Suite("Zero copy: the call returns when the kernel has let go") struct ZeroCopyReleaseTests {
      @Test("it waits until the peer has read, and other sends wait for their turn")
      func waits() async throws {
        let pair = try pairThatHolds()
        let thread = sender(of: held, on: pair.sender)
        await thread.untilBlocked()
        #expect(throws: SocketError(errno: EAGAIN)) { try sendHere([[1]], on: pair.sender, flags: .doNotWait) }
        #expect(await Reader(pair.receiver, Pace(most: held)).value.bytes == [UInt8](repeating: 9, count: held))
        #expect(await thread.value == .success(ZeroCopyResult(bytesSent: held, wasCopied: true)))
        #expect(try sendHere([[1]], on: pair.sender, flags: .doNotWait) == 1)
      }

      @Test("it polls a few times in half a second of waiting for the kernel")
      func isQuiet() throws {
        let pair = try pairThatHolds()
        var failure: SocketError?
        let traces = try SendTraces.of(pair.sender) {
          do throws(SocketError) {
            try pair.sender.sendZeroCopy([[UInt8](repeating: 9, count: held)], timeout: .milliseconds(500))
          } catch {
            failure = error
          }
        }
        #expect(failure == ownTimeout(after: held))
        #expect(traces.count == 1 && traces[0].waits > 0 && traces[0].waits < 20, "\(traces)")
      }

      @Test(
        "the time passes, before and after all was accepted: the connection is aborted, the count is right",
        arguments: [300_000, 3_000_000])
      func timesOut(count: Int) async throws {
        let pair = try tcpPair(sendBuffer: count < 1_000_000 ? 1 << 20 : 1 << 16, receiveBuffer: 8192)
        let result = await sender(of: count, on: pair.sender, timeout: .milliseconds(50)).value
        guard case .failure(let error) = result else { return #expect(Bool(false), "\(result)") }
        #expect(error.code == .timedOut && error.isOwnTimeout)
        #expect(count < 1_000_000 ? error.bytesSent == count : error.bytesSent > 0 && error.bytesSent < count)
        #expect(errorQueueIsEmpty(pair.sender))
        #expect(await Reader(pair.receiver).value.end == ECONNRESET)
      }

      @Test("a time-out while it waits for its turn sends nothing and aborts nothing")
      func timesOutInTheQueue() async throws {
        let pair = try pairThatHolds()
        let first = sender(of: held, on: pair.sender)
        await first.untilBlocked()
        #expect(await sender(of: 1, on: pair.sender, timeout: .milliseconds(20)).value == .failure(ownTimeout(after: 0)))
        #expect(await Reader(pair.receiver, Pace(most: held)).value.bytes.count == held)
        #expect(await first.value == .success(ZeroCopyResult(bytesSent: held, wasCopied: true)))
      }

      @Test(
        "closed meanwhile: prompt, with the count; TCP is aborted, and those in the queue return too", arguments: [1, 4])
      func closedMeanwhile(senders: Int) async throws {
        let pair = try pairThatHolds()
        let threads = (0..<senders).map { _ in sender(of: held, on: pair.sender) }
        for thread in threads { await thread.untilBlocked() }
        pair.sender.close()
        var counts: [Int] = []
        for thread in threads {
          guard case .failure(let error) = await thread.value else { return #expect(Bool(false)) }
          #expect(error.code == .connectionAborted)
          counts.append(error.bytesSent)
        }
        #expect(counts.sorted() == Array(repeating: 0, count: senders - 1) + [held])
        #expect(await Reader(pair.receiver).value.end == ECONNRESET)
      }

      @Test("sending is shut down, then the socket is closed: the same")
      func shutDownAndClosed() async throws {
        let pair = try pairThatHolds()
        let thread = sender(of: held, on: pair.sender)
        await thread.untilBlocked()
        try pair.sender.shutdown(.send)
        pair.sender.close()
        #expect(await thread.value == .failure(SocketError(errno: ECONNABORTED, bytesSent: held)))
      }

      @Test("the connection goes before the kernel sent anything of the list: not copied")
      func notCopied() async throws {
        let pair = try pairThatHolds()
        // The plain bytes fill the peer's window, so that nothing of the list reaches the loopback interface, which copies.
        #expect(try sendHere(evenList(segments: 1, of: held / 2), on: pair.sender) == held / 2)
        let thread = sender(of: held / 4, on: pair.sender)
        await thread.untilBlocked()
        pair.receiver.closeWithReset()
        #expect(await thread.value == .success(ZeroCopyResult(bytesSent: held / 4, wasCopied: false)))
      }
    }
  }
#endif
