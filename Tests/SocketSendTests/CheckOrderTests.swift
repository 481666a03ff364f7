// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

extension SocketTests {
  /// The order of checks: disposed, null list (which cannot be written), empty list, segments, flags, kernel.
  @Suite("Order of checks") struct CheckOrderTests {
    private static let closed = SocketError(code: .closed, errno: EBADF)

    @Test("the socket has been closed → closed, checked first, before the list and the flags")
    func closedFirst() throws {
      let socket = try Socket(.ipv4, .stream)
      socket.close()
      #expect(errorOfSending([], on: socket, flags: .partial) == Self.closed)
      #expect(errorOfSending([[1]], on: socket, flags: .partial) == Self.closed)
      #expect(errorOfSending([[1]], on: socket) == Self.closed)
      #expect(throws: Self.closed) { try socket.send([], to: loopback(.ipv4), flags: .partial) }
    }

    @Test("the socket has been closed → closed, from a cursor and from an async receive too")
    func closedFirstElsewhere() async throws {
      let socket = try Socket(.ipv4, .stream)
      socket.close()
      var nothing = SendCursor([[UInt8]]())
      #expect(nothing.offer(on: socket).error == Self.closed)
      var cursor = SendCursor([[1]] as [[UInt8]])
      #expect(cursor.offer(on: socket, flags: .partial).error == Self.closed)
      #expect(cursor.offer(on: try Socket(.ipv4, .stream), flags: .partial).error?.code == .operationNotSupported)
      await #expect(throws: Self.closed) { try await socket.receive(upTo: -1) }
      await #expect(throws: Self.closed) { try await socket.receiveFrom(upTo: -1) }
    }

    @Test("an empty list → invalidArgument, before anything else about the list, without a system call")
    func emptyListSecond() throws {
      let socket = try Socket(.ipv4, .stream)
      let traces = try SendTraces.of(socket) {
        #expect(errorOfSending([], on: socket) == SocketError(code: .invalidArgument, errno: EINVAL))
        #expect(errorOfSending([], on: socket, flags: .partial)?.code == .invalidArgument)
        #expect(throws: SocketError(errno: EINVAL)) { try socket.send([], to: loopback(.ipv4), flags: .partial) }
        #expect(throws: SocketError(errno: EINVAL)) { try socket.descriptor.send([], flags: .partial) }
      }
      #expect(traces.map(\.systemCalls) == [0, 0, 0, 0])
    }

    @Test("flags are checked before the kernel is asked")
    func flagsThird() throws {
      let socket = try Socket(.ipv4, .stream)
      #expect(errorOfSending(on: socket, flags: .partial)?.code == .operationNotSupported)
      #expect(errorOfSending(on: socket)?.code == .shutdown)
    }

    @Test("flags are checked before a list of nothing but empty segments")
    func flagsBeforeEmptySegments() throws {
      let pair = try unixPair(.datagram)
      #expect(errorOfSending([[], []], on: pair.sender, flags: .multicast)?.code == .operationNotSupported)
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("a descriptor that is not open is asked about last")
    func descriptorLast() {
      let descriptor = SocketDescriptor(rawValue: -1)
      #expect(throws: SocketError(errno: EINVAL)) { try descriptor.send([]) }
      #expect(throws: SocketError(errno: EOPNOTSUPP)) { try descriptor.send([[1]], flags: .broadcast) }
      #expect(throws: SocketError(code: .operationAborted, errno: EBADF)) { try descriptor.send([[1]]) }
    }

    @Test("the flags and the list are checked before a turn is waited for")
    func checksBeforeTheTurn() async throws {
      let pair = try StreamKind.unix.smallPair()
      let blocked = Sender(evenList(segments: 8, of: 1 << 17), on: pair.sender)
      await blocked.untilBlocked()
      #expect(errorOfSending([], on: pair.sender)?.code == .invalidArgument)
      #expect(errorOfSending(on: pair.sender, flags: .partial)?.code == .operationNotSupported)
      pair.sender.close()
      _ = await blocked.value
    }
  }
}
