// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

/// One connection, the tasks that send on it, and who reads it.
private struct Busy {
  let pair: ConnectedPair
  let reader: Reader
  let tasks: [(list: [ArraySegment<UInt8>], send: Task<SocketError?, Never>)]
}

extension SocketTests {
  @Suite("Many sends that suspend", .serialized) struct AsyncCrowdTests {
    @Test(
      "1000 tasks on 100 connections, half of them cancelled: whole lists, or a prefix with the right count, in one piece each"
    )
    func tasksOnConnections() async throws {
      var generator = SeededGenerator(seed: runSeed)
      let connections = try (0..<100).map { index in
        let pair = try (index % 2 == 0 ? StreamKind.unix : .tcp).smallPair()
        let tasks = (UInt8(0)..<10).map { task in
          let list = markedList(task, bytes: .random(in: 1...60_000, using: &generator), using: &generator)
          let patience =
            Bool.random(using: &generator) ? Duration.microseconds(.random(in: 0...20_000, using: &generator)) : nil
          return (list, sending(list, on: pair.sender, cancelledAfter: patience))
        }
        return Busy(pair: pair, reader: Reader(pair.receiver, index % 3 == 0 ? .slow : Pace()), tasks: tasks)
      }
      var cancelled = 0
      for (index, connection) in connections.enumerated() {
        var sent: [ArraySlice<UInt8>?] = []
        for (list, send) in connection.tasks {
          let error = await send.value
          #expect(error == nil || error?.errno == ECANCELED)
          cancelled += error == nil ? 0 : 1
          sent.append(list.joinedBytes.prefix(error?.bytesSent ?? .max))
        }
        connection.pair.sender.close()
        let bytes = await connection.reader.value.bytes
        // Each task's bytes begin with its number: so the stream says which comes next.
        var place = 0
        while place < bytes.count, let next = sent[Int(bytes[place]) % 10], !next.isEmpty {
          #expect(
            bytes[place...].prefix(next.count) == next, "connection \(index), at \(place), SOCKETSEND_SEED=\(runSeed)")
          sent[Int(bytes[place]) % 10] = nil
          place += next.count
        }
        #expect(place == bytes.count && sent.allSatisfy { $0?.isEmpty ?? true }, "connection \(index)")
      }
      #expect(cancelled > 0, "some were cancelled in time")
    }

    @Test("10 000 stalled sends at once, a third each cancelled, timed out and closed: each ends as it should, none early")
    func stalled() async throws {
      // Both ends of each pair send, and nobody reads.
      let sockets = try (0..<5000).flatMap { _ in
        let (one, other) = try Socket.pair()
        return [one, other]
      }
      for socket in sockets {
        try socket.setOption(.sendBufferSize, to: 4096)
        fill(socket, with: [filler])
      }
      let timeout = Duration.milliseconds(700)
      let start = ContinuousClock.now
      let tasks = sockets.enumerated().map { index, socket in
        if index % 3 == 1 { socket.sendTimeout = timeout }
        return Task {
          let error = await errorOfSuspendingSend([filler], on: socket)
          return (error, start.duration(to: .now))
        }
      }
      try await Task.sleep(for: .milliseconds(300))
      for (index, task) in tasks.enumerated() where index % 3 == 0 { task.cancel() }
      for (index, socket) in sockets.enumerated() where index % 3 == 2 { socket.close() }
      var ends: [SocketError?: Int] = [:]
      for (index, task) in tasks.enumerated() {
        let (error, duration) = await task.value
        ends[error, default: 0] += 1
        if error?.isOwnTimeout == true { #expect(index % 3 == 1 && duration >= timeout) }
      }
      // Closing one end of a pair breaks the other end's send, where that still waits.
      let cancelled = ends[SocketError(code: .operationAborted, errno: ECANCELED)] ?? 0
      let closed = ends[SocketError(errno: ECONNABORTED)] ?? 0
      let timedOut = ends[SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 0, isOwnTimeout: true)] ?? 0
      let broken = (ends[SocketError(errno: EPIPE)] ?? 0) + (ends[SocketError(errno: ECONNRESET)] ?? 0)
      #expect(cancelled + closed + timedOut + broken == 10_000, "\(ends)")
      #expect(closed == 3333 && cancelled > 1000 && timedOut > 1000, "\(ends)")
    }
  }
}

/// More than the buffers hold.
private let filler = ArraySegment([UInt8](repeating: 7, count: 4096))

private func errorOfSuspendingSend(_ list: [ArraySegment<UInt8>], on socket: Socket) async -> SocketError? {
  do throws(SocketError) {
    _ = try await socket.send(list)
    return nil
  } catch {
    return error
  }
}

/// `bytes` random bytes after the task's number, in segments of 700.
private func markedList(_ task: UInt8, bytes: Int, using generator: inout SeededGenerator) -> [ArraySegment<UInt8>] {
  let whole = [task] + randomBytes(bytes, using: &generator)
  return stride(from: 0, to: whole.count, by: 700).map { whole[$0..<min($0 + 700, whole.count)] }
}

/// A send in a task of its own, which is cancelled after that time. Returns its error.
private func sending(
  _ list: [ArraySegment<UInt8>], on socket: Socket, cancelledAfter patience: Duration?
) -> Task<SocketError?, Never> {
  let send = Task {
    do throws(SocketError) {
      return try await socket.send(list) == list.byteCount ? nil : SocketError(code: .noData)
    } catch {
      return error
    }
  }
  if let patience {
    Task {
      try await Task.sleep(for: patience)
      send.cancel()
    }
  }
  return send
}
