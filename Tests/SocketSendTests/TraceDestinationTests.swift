// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

extension SocketTests {
  /// The file that is standard error is noted once a process, and these tests close it, so each has a process of its own.
  @Suite("Trace output goes to standard error, and to nothing else that is descriptor 2") struct TraceDestinationTests {
    @Test("descriptor 2 was closed before the first socket, which then has its number: its peer gets what was sent alone")
    func closedBefore() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        close(STDERR_FILENO)
        let pair = try unixPair(.stream)
        #expect(pair.sender.descriptor.rawValue == STDERR_FILENO)
        let other = try unixPair(.stream)
        try await sendSome(on: other, pair)
        #expect(held(by: pair.receiver) == [1, 2, 1, 2])
      }
      #expect(linesOnStandardError(result) == 0)
    }

    @Test("descriptor 2 was closed after the first lines, and is a socket now: its peer gets what was sent alone")
    func closedAfter() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let other = try unixPair(.stream)
        try await sendSome(on: other)
        close(STDERR_FILENO)
        let pair = try unixPair(.stream)
        #expect(pair.sender.descriptor.rawValue == STDERR_FILENO)
        try await sendSome(on: other, pair)
        #expect(held(by: pair.receiver) == [1, 2, 1, 2])
        pair.sender.close()
        try await sendSome(on: other)
      }
      #expect(linesOnStandardError(result) == 2, "those of the first two sends")
    }

    @Test("a socket opened elsewhere is descriptor 2, and the program sends on it")
    func openedElsewhere() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let (mine, peer) = rawPair()
        dup2(mine, STDERR_FILENO)
        _ = try await SocketDescriptor(rawValue: mine).send([[1], [2]], timeout: .seconds(1))
        _ = try await SocketDescriptor(rawValue: STDERR_FILENO).send([[3]], timeout: .seconds(1))
        try await sendSome(on: unixPair(.stream))
        #expect(held(by: peer) == [1, 2, 3])
      }
      #expect(linesOnStandardError(result) == 0)
    }

    @Test("an Internet socket is descriptor 2, as a server's started by inetd: no lines, whoever sends")
    func internetSocket() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let number = rawUDPSocketConnectedToItself()
        dup2(number, STDERR_FILENO)
        try await sendSome(on: unixPair(.stream))
        #expect(held(by: number) == [])
        #expect(write(number, "x", 1) == 1 && held(by: number) == [UInt8(ascii: "x")], "it could have arrived")
      }
      #expect(linesOnStandardError(result) == 0)
    }

    @Test("descriptor 2 is a file of the program's later on: not a line in it")
    func laterFile() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let other = try unixPair(.stream)
        try await sendSome(on: other)
        let file = namelessFile()
        dup2(file, STDERR_FILENO)
        try await sendSome(on: other)
        #expect(lseek(file, 0, SEEK_END) == 0)
      }
      #expect(linesOnStandardError(result) == 2, "those of the first two sends")
    }

    @Test("a file, and a Unix socket such as a service manager's, get the lines where they were standard error at first")
    func otherKinds() async throws {
      let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let file = namelessFile()
        dup2(file, STDERR_FILENO)
        try await sendSome(on: unixPair(.stream))
        #expect(lseek(file, 0, SEEK_END) > 0)
      }
      let socket = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
        setenv("SOCKETSEND_TRACE", "1", 1)
        let (log, peer) = rawPair()
        dup2(log, STDERR_FILENO)
        try await sendSome(on: unixPair(.stream))
        #expect(held(by: peer).starts(with: "SocketSend: fd=".utf8))
      }
      #expect(linesOnStandardError(result) == 0 && linesOnStandardError(socket) == 0)
    }
  }
}

/// The lines of traces on the standard error that a process was started with.
private func linesOnStandardError(_ result: ExitTest.Result?) -> Int? {
  result.map { String(decoding: $0.standardErrorContent, as: UTF8.self).split(separator: "\n") }
    .map { $0.count { $0.hasPrefix("SocketSend: ") } }
}

/// Sends `[1, 2]` on each, by a send that suspends and by one that blocks.
private func sendSome(on pairs: ConnectedPair...) async throws {
  for pair in pairs {
    #expect(try await pair.sender.send([[1], [2]]) == 2)
    #expect(errorOfSending([[1], [2]], on: pair.sender) == nil)
  }
}

/// What can be received now, without waiting.
private func held(by socket: Socket) -> [UInt8] { held(by: socket.descriptor.rawValue) }

private func held(by number: CInt) -> [UInt8] {
  var bytes: [UInt8] = []
  var piece = [UInt8](repeating: 0, count: 4096)
  while case let count = recv(number, &piece, piece.count, CInt(MSG_DONTWAIT)), count > 0 { bytes += piece[..<count] }
  return bytes
}

/// Two Unix sockets, connected, that no `Socket` owns.
private func rawPair() -> (CInt, CInt) {
  var numbers: [CInt] = [-1, -1]
  #expect(socketpair(AF_UNIX, Socket.Kind.stream.rawValue, 0, &numbers) == 0)
  return (numbers[0], numbers[1])
}

/// A UDP socket that no `Socket` owns, and that receives what it sends.
private func rawUDPSocketConnectedToItself() -> CInt {
  let number = socket(AF_INET, Socket.Kind.datagram.rawValue, 0)
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
  var length = socklen_t(MemoryLayout<sockaddr_in>.size)
  withUnsafeMutablePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
      #expect(bind(number, pointer, length) == 0)
      #expect(getsockname(number, pointer, &length) == 0)
      #expect(connect(number, pointer, length) == 0)
    }
  }
  return number
}

private func namelessFile() -> CInt {
  var path = Array("/tmp/socketsend-tests-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  return file
}
