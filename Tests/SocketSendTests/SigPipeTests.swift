// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  /// .NET ignores the signal for the whole process. Each test has a process of its own, in which the signal kills.
  @Suite("SIGPIPE: the process is left alone") struct SigPipeTests {
    @Test("the process lives with SIGPIPE at its default, whatever is broken")
    func lives() async {
      await #expect(processExitsWith: .success) {
        restoreDefault()
        for socket in try await brokenStreams() {
          for list in [[[1]], [[1], [2]], [[]], evenList(segments: 3000, of: 2)] as [[ArraySegment<UInt8>]] {
            #expect(errorOfSending(list, on: socket)?.code == .shutdown)
            #expect(throws: SocketError(errno: EPIPE)) { try socket.descriptor.send(list) }
            #expect(throws: SocketError(errno: EPIPE)) { try socket.descriptor.send(list, timeout: .seconds(1)) }
            #expect(errorOfSending(list, on: socket, flags: [.doNotWait, .more])?.code == .shutdown)
          }
        }
      }
    }

    @Test("and while a send waits")
    func livesWhileWaiting() async {
      await #expect(processExitsWith: .success) {
        restoreDefault()
        for kind in StreamKind.allCases {
          let pair = try kind.smallPair()
          let sender = Sender(evenList(segments: 64, of: 1 << 16), on: pair.sender)
          await sender.untilBlocked()
          pair.receiver.close()
          #expect(await sender.value.error != nil)
        }
      }
    }

    @Test("its setting and its mask are what they were")
    func untouched() async {
      await #expect(processExitsWith: .success) {
        restoreDefault()
        for socket in try await brokenStreams() { _ = errorOfSending(on: socket) }
        #expect(hasDefaultAction(SIGPIPE))
        var mask = sigset_t()
        pthread_sigmask(SIG_BLOCK, nil, &mask)
        #expect(sigismember(&mask, SIGPIPE) == 0)
      }
    }

    @Test("the signal does kill here, so the tests above can fail")
    func kills() async {
      await #expect(processExitsWith: .signal(SIGPIPE)) {
        restoreDefault()
        let pair = try unixPair(.stream)
        pair.receiver.close()
        _ = write(pair.sender.descriptor.rawValue, "x", 1)
      }
    }
  }
}

/// Lets SIGPIPE end this process again, whatever the runner of the tests had set.
private func restoreDefault() {
  signal(SIGPIPE, SIG_DFL)
  var pipes = sigset_t()
  sigemptyset(&pipes)
  sigaddset(&pipes, SIGPIPE)
  pthread_sigmask(SIG_UNBLOCK, &pipes, nil)
}

/// Streams that can only answer EPIPE.
private func brokenStreams() async throws -> [Socket] {
  let tcp = try tcpPair()
  tcp.receiver.closeWithReset()
  await tcp.sender.untilPolled(POLLERR | POLLHUP)
  _ = errorOfSending(on: tcp.sender)  // takes the ConnectionReset that comes once
  let unix = try unixPair(.stream)
  unix.receiver.close()
  let shutDown = try tcpPair()
  try shutDown.sender.shutdown(.send)
  return [tcp.sender, unix.sender, shutDown.sender, try Socket(.ipv4, .stream)]
}
