// SPDX-License-Identifier: Apache-2.0
import SocketSendAsync
import Testing

@testable import SocketSend

private func isNonblocking(_ socket: Socket) -> Bool { fcntl(socket.descriptor.rawValue, F_GETFL) & O_NONBLOCK != 0 }

/// A send of a file by a thread of its own.
private func sender(of file: TestFile, on socket: Socket, timeout: Duration) throws -> OwnThread<SendEnd> {
  let region = try FileRegion(file.descriptor)
  return OwnThread { SendEnd { () throws(SocketError) in try socket.send(region, timeout: timeout) } }
}

extension SocketTests {
  #if os(Linux)
    @Suite("The mode of a socket that sends files") struct FileSendModeTests {
      @Test("with and without a time-out, a file goes by sendfile: fewer system calls than pieces of 64 KiB")
      func fewCalls() throws {
        let file = try TestFile(byteCount: 300_000)
        for timeout in [nil, Duration.seconds(20)] {
          let pair = try tcpPair(sendBuffer: 1 << 20)
          let region = try FileRegion(file.descriptor)
          let traces = try SendTraces.of(pair.sender) { _ = try? pair.sender.send(region, timeout: timeout) }
          #expect(traces.map(\.bytesAccepted) == [300_000] && traces[0].systemCalls < 4, "\(traces)")
        }
      }

      @Test("by an async send and by the offers of a cursor on a socket in blocking mode, too, and the mode is back")
      func fewOffers() async throws {
        let file = try TestFile(byteCount: 300_000)
        let region = try FileRegion(file.descriptor)
        let pair = try tcpPair(sendBuffer: 1 << 20)
        let traces = SendTraces()
        let observation = traces.start(pair.sender.descriptor)
        defer { observation.end() }
        #expect(try await pair.sender.send(region) == 300_000)
        #expect(try #require(traces.last).systemCalls < 4)
        let (other, peer) = try Socket.pair(.stream)
        defer { extendLifetime(peer) }
        var cursor = SendCursor(region)
        let answer = cursor.offer(on: other)
        #expect(answer.error == nil && answer.bytesSent > 64 << 10)
        #expect(!isNonblocking(pair.sender) && !isNonblocking(other))
      }

      @Test("during the send the socket is blocking for its users, and afterwards for all")
      func modeIsBack() async throws {
        let file = try TestFile(byteCount: 3 << 20)
        let pair = try StreamKind.tcp.smallPair()
        let thread = try sender(of: file, on: pair.sender, timeout: .seconds(20))
        await thread.untilBlocked()
        #expect(isNonblocking(pair.sender))
        #expect(try pair.sender.isBlocking)
        let receiver = OwnThread { try? pair.sender.receive(upTo: 10) }
        await receiver.untilBlocked()
        #expect(!receiver.isFinished)
        #expect(try sendHere([[1, 2]], on: pair.receiver) == 2)
        #expect(await receiver.value == [1, 2])
        let reader = Reader(pair.receiver)
        #expect(await thread.value.bytesSent == 3 << 20)
        #expect(!isNonblocking(pair.sender))
        pair.sender.close()
        #expect(await reader.value.bytes == file.bytes)
      }

      @Test("while files are sent, another thread always finds the socket in blocking mode")
      func staysBlockingForOthers() async throws {
        let file = try TestFile(byteCount: 40_000)
        let pair = try tcpPair()
        let reader = Reader(pair.receiver)
        let stop = Flag()
        let sender = OwnThread {
          var failures = 0
          let region = try? FileRegion(file.descriptor)
          while !stop.isRaised { if (try? pair.sender.send(region!, timeout: .seconds(20))) != 40_000 { failures += 1 } }
          return failures
        }
        var blocking = 0
        for _ in 0..<100_000 where try pair.sender.isBlocking { blocking += 1 }
        stop.raise()
        #expect(blocking == 100_000)
        #expect(await sender.value == 0)
        pair.sender.close()
        _ = await reader.value
      }

      @Test("a thread that asks for the mode just when files begin to be sent finds the socket in blocking mode")
      func asksMeanwhile() async throws {
        let file = try TestFile(byteCount: 3 << 20)
        let pair = try StreamKind.tcp.smallPair()
        let (isHeld, isFree) = (Flag(), Flag())
        let holder = OwnThread {
          try? pair.sender.withMode {
            isHeld.raise()
            while !isFree.isRaised { usleep(1000) }
          }
        }
        await eventually { isHeld.isRaised }
        // The lock of the mode wakes in the order of their coming: the send, then the thread that asks, whose first look is over.
        let thread = try sender(of: file, on: pair.sender, timeout: .milliseconds(500))
        await thread.untilBlocked()
        let asker = OwnThread { try? pair.sender.isBlocking }
        await asker.untilBlocked()
        isFree.raise()
        #expect(await asker.value == true)
        #expect(await thread.value.error?.isOwnTimeout == true)
        _ = await holder.value
      }

      @Test("the mode that is set during the send stays", arguments: [false, true])
      func modeIsSet(isBlocking: Bool) async throws {
        let file = try TestFile(byteCount: 3 << 20)
        let pair = try StreamKind.tcp.smallPair()
        let thread = try sender(of: file, on: pair.sender, timeout: .milliseconds(200))
        await thread.untilBlocked()
        try pair.sender.setBlocking(isBlocking)
        #expect(await thread.value.error?.isOwnTimeout == true)
        #expect(isNonblocking(pair.sender) == !isBlocking)
        #expect(try pair.sender.isBlocking == isBlocking)
      }

      @Test(
        "a socket in non-blocking mode that is set to blocking meanwhile keeps the time-out, and is blocking afterwards")
      func modeIsSetFromNonblocking() async throws {
        let file = try TestFile(byteCount: 3 << 20)
        let pair = try StreamKind.tcp.smallPair()
        try pair.sender.setBlocking(false)
        let thread = try sender(of: file, on: pair.sender, timeout: .milliseconds(500))
        await thread.untilBlocked()
        try pair.sender.setBlocking(true)
        #expect(try pair.sender.isBlocking)
        // Room for the next sendfile, which would wait in the kernel without O_NONBLOCK.
        let reader = OwnThread { readAll(pair.receiver, Pace(most: 1 << 20)) }
        _ = await reader.value
        let end = await thread.value
        #expect(end.error?.isOwnTimeout == true && end.bytesSent >= 1 << 20)
        #expect(!isNonblocking(pair.sender))
        #expect(try pair.sender.isBlocking)
      }

      @Test("an async send of a file leaves the mode as it was, while it is suspended and afterwards")
      func async() async throws {
        let file = try TestFile(byteCount: 3 << 20)
        let pair = try StreamKind.tcp.smallPair()
        let region = try FileRegion(file.descriptor)
        let task = Task { try await pair.sender.send(region) }
        await pair.sender.untilFull()
        let isBlocking = await eventually { !isNonblocking(pair.sender) }
        #expect(isBlocking)
        let reader = Reader(pair.receiver)
        #expect(try await task.value == 3 << 20)
        #expect(!isNonblocking(pair.sender))
        pair.sender.close()
        #expect(await reader.value.bytes == file.bytes)
      }
    }
  #endif
}
