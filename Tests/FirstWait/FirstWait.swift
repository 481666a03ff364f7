// SPDX-License-Identifier: Apache-2.0
//
// The first send of a process that suspends, while only so many descriptors can be opened: FirstWait CASE FREE. It exits with 0 if
// the send ended as it may, and says what is wrong otherwise. DescriptorShortageTests runs it. LookUpTests runs the case `look-up`, where
// all descriptors can be opened.
//
// It has no asynchronous main, and its tasks run on the main thread: without a free descriptor Dispatch, which gives Swift's
// concurrency its threads, ends the process.

import SocketSend
import SocketSendAsync

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

/// A list that no pair of sockets holds.
private let large = [ArraySegment<UInt8>](repeating: ArraySegment([UInt8](repeating: 0x5a, count: 1 << 16)), count: 64)

@main
enum FirstWait {
  static func main() {
    alarm(60)  // where a send hangs
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let free = Int(arguments[2]) else { fail("usage: FirstWait CASE FREE") }
    MainThread().run {
      do {
        switch arguments[1] {
        case "room": try await room(free)
        case "timeout": try await timeout(free)
        case "turn": try await turn(free)
        case "turn-without-timeout": try await turnWithoutTimeout(free)
        case "turn-blocking": try turnBlocking(free)
        case "datagram": try await datagram(free)
        case "later": try await later(free)
        case "look-up": try await lookUp()
        default: fail("no such case: \(arguments[1])")
        }
      } catch {
        fail("\(error)")
      }
    }
  }

  /// A wait for room that ends well.
  private static func room(_ free: Int) async throws {
    let (sender, receiver) = try Socket.pair()
    let shortage = Shortage(leaving: free)
    let reader = Thread { readToEnd(receiver) }
    let end = await send(large, on: sender)
    shortage.end()
    sender.close()
    expect(end.error == nil || end.isShortage, end)
    expect(reader.join() == end.bytesSent && (end.error != nil || end.bytesSent == large.count << 16), end)
  }

  private static func timeout(_ free: Int) async throws {
    let (sender, receiver) = try Socket.pair()
    sender.sendTimeout = .milliseconds(50)
    let shortage = Shortage(leaving: free)
    let end = await send(large, on: sender)
    shortage.end()
    expect(end.error?.code == .timedOut || end.isShortage, end)
    // Once there are descriptors, time-outs come.
    let again = await send(large, on: sender)
    expect(again.error?.code == .timedOut, again)
    sender.close()
    expect(end.bytesSent > 0 && readToEnd(receiver) == end.bytesSent + again.bytesSent, end)
  }

  /// A wait for the turn, while a send that blocks has it.
  private static func turn(_ free: Int) async throws {
    let (sender, receiver) = try Socket.pair()
    let first = Thread { blockingSend(large, on: sender) }
    untilFull(sender)
    sender.sendTimeout = .milliseconds(50)
    let shortage = Shortage(leaving: free)
    let end = await send([[1]], on: sender)
    shortage.end()
    expect((end.error?.code == .timedOut || end.isShortage) && end.bytesSent == 0, end)
    let reader = Thread { readToEnd(receiver) }
    expect(first.join() == large.count << 16, end)
    sender.close()
    expect(reader.join() == large.count << 16, end)
  }

  /// The socket may be full again when the send gets its turn. It has to wait for room then, which takes descriptors, so the send may throw.
  /// That happens on a busy machine. A wait for the turn that took descriptors would throw each time.
  private static func turnWithoutTimeout(_ free: Int) async throws {
    var end = End(bytesSent: 0)
    for _ in 0..<20 {
      end = try await turnWithoutTimeoutOnce(free)
      if end.error == nil { return }
      expect(end.isShortage && end.bytesSent == 0, end)
    }
    expect(false, end)
  }

  private static func turnWithoutTimeoutOnce(_ free: Int) async throws -> End {
    let (sender, receiver) = try Socket.pair()
    let first = Thread { blockingSend(large, on: sender) }
    untilFull(sender)
    let shortage = Shortage(leaving: free)
    let reader = Thread {
      usleep(20_000)  // by then the send most probably waits; either way it has to go
      return readToEnd(receiver)
    }
    let end = await send([[1]], on: sender)
    shortage.end()
    expect(first.join() == large.count << 16, end)
    sender.close()
    expect(reader.join() == large.count << 16 + end.bytesSent, end)
    return end
  }

  /// Two sends that block, of which the second waits for its turn until its time is over.
  private static func turnBlocking(_ free: Int) throws {
    let (sender, receiver) = try Socket.pair()
    let first = Thread { blockingSend(large, on: sender) }
    untilFull(sender)
    sender.sendTimeout = .milliseconds(50)
    let shortage = Shortage(leaving: free)
    let second = End(of: [[1]], on: sender)
    shortage.end()
    expect(second.error?.code == .timedOut && second.bytesSent == 0, second)
    let reader = Thread { readToEnd(receiver) }
    expect(first.join() == large.count << 16, second)
    sender.close()
    expect(reader.join() == large.count << 16, second)
  }

  /// A socket that is called writable and takes nothing, as its receiver's queue is full: the send pauses.
  private static func datagram(_ free: Int) async throws {
    let receiver = try Socket(.unix, .datagram)
    let path = "/tmp/socketsend-first-wait-\(getpid())"
    try receiver.bind(to: .unix(path: path))
    defer { unlink(path) }
    let address = try receiver.localAddress
    let sender = try Socket(.unix, .datagram)
    fill(sender, to: address)
    sender.sendTimeout = .milliseconds(50)
    let shortage = Shortage(leaving: free)
    let end = await send([[1]], on: sender, to: address)
    shortage.end()
    expect((end.error?.code == .timedOut || end.isShortage) && end.bytesSent == 0, end)
  }

  /// The first wait, when an earlier send had descriptors and no wait. It is long enough for what Dispatch does every second.
  private static func later(_ free: Int) async throws {
    let (sender, receiver) = try Socket.pair()
    let first = await send([[1]], on: sender)
    expect(first.error == nil, first)
    sender.sendTimeout = .milliseconds(2500)
    let shortage = Shortage(leaving: free)
    let second = await send(large, on: sender)
    shortage.end()
    expect(second.error?.code == .timedOut, second)
    receiver.close()
  }
}

extension FirstWait {
  /// Look-ups of names at a name server that is silent. All tasks share one thread. If no look-up blocks that thread, each ends at its
  /// time-out.
  fileprivate static func lookUp() async throws {
    let silent = try Socket(.ipv4, .datagram)
    try silent.bind(to: .any(port: 53))
    let start = ContinuousClock.now
    async let first = errorOfLookUp("a.example")
    async let second = errorOfLookUp("b.example")
    async let third = errorOfLookUp("c.example")
    for error in await [first, second, third] where error?.isOwnTimeout != true {
      fail("a look-up ended with \(error.map { "\($0)" } ?? "an address")")
    }
    // getaddrinfo gives up after 5 seconds at the earliest.
    let duration = start.duration(to: .now)
    if duration < .milliseconds(300) || duration > .seconds(4) { fail("the look-ups took \(duration)") }
  }

  private static func errorOfLookUp(_ host: String) async -> SocketError? {
    do throws(SocketError) {
      _ = try await Socket.connected(toHost: host, port: 1, timeout: .milliseconds(300))
      return nil
    } catch {
      return error
    }
  }
}

/// How a send ended.
private struct End {
  var bytesSent: Int
  var error: SocketError?

  var isShortage: Bool { error?.code == .tooManyOpenSockets && error?.errno == EMFILE }
}

private func send(_ list: [ArraySegment<UInt8>], on socket: Socket, to address: SocketAddress? = nil) async -> End {
  do throws(SocketError) {
    let sent = if let address { try await socket.send(list, to: address) } else { try await socket.send(list) }
    return End(bytesSent: sent)
  } catch {
    return End(bytesSent: error.bytesSent, error: error)
  }
}

extension End {
  /// Of a send that blocks.
  fileprivate init(of list: [ArraySegment<UInt8>], on socket: Socket) {
    do throws(SocketError) {
      self.init(bytesSent: try socket.send(list))
    } catch {
      self.init(bytesSent: error.bytesSent, error: error)
    }
  }
}

/// Returns the bytes that went.
private func blockingSend(_ list: [ArraySegment<UInt8>], on socket: Socket) -> Int { End(of: list, on: socket).bytesSent }

private func fill(_ socket: Socket, to address: SocketAddress) {
  while (try? socket.send([[7]], to: address, flags: .doNotWait)) != nil {}
}

private func untilFull(_ socket: Socket) {
  var request = pollfd(fd: socket.descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
  while poll(&request, 1, 0) != 0 { usleep(1000) }
}

/// Returns the bytes that came.
private func readToEnd(_ socket: Socket) -> Int {
  var count = 0
  while let bytes = try? socket.receive(upTo: 1 << 16), !bytes.isEmpty { count += bytes.count }
  return count
}

private func expect(_ condition: Bool, _ end: End, line: Int = #line) {
  if !condition { fail("line \(line): \(end.bytesSent) bytes, \(end.error.map { "\($0)" } ?? "no error")") }
}

func fail(_ message: String) -> Never {
  var line = "FirstWait: \(message)\n"
  line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  exit(EXIT_FAILURE)
}
