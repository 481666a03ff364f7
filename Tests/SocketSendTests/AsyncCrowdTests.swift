// SPDX-License-Identifier: Apache-2.0
import Glibc
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
