// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend
import SocketSendAsync

/// What runs while another task of the pool sleeps for 1 ms again and again.
enum Neighbour: String, CaseIterable {
  /// Nothing: how late the system alone is.
  case none = "no send"
  /// A thread of its own that blocks: the same work for the processors, and the pool is free.
  case thread = "a thread's blocking send"
  case ours
}

/// What a long send does to the other tasks of the pool.
enum Neighbours {
  /// Prints by how many milliseconds the sleeps of 1 ms of another task are late (median, 99th percentile) while one list is sent.
  static func measure(_ neighbour: Neighbour, mebibytes: Int) async throws {
    let sleeper = Task {
      var late: [Double] = []
      while !Task.isCancelled {
        let start = ContinuousClock.now
        try? await Task.sleep(for: .milliseconds(1))
        late.append(start.duration(to: .now) / .milliseconds(1) - 1)
      }
      return late
    }
    switch neighbour {
    case .none: try await Task.sleep(for: .milliseconds(300))
    case .thread, .ours: try await send(mebibytes, blocking: neighbour == .thread)
    }
    sleeper.cancel()
    let late = await sleeper.value
    print(late.quantile(0.5), late.quantile(0.99), late.count)
    exit(0)
  }

  private static func send(_ mebibytes: Int, blocking: Bool) async throws {
    let (socket, other) = try Socket.pair()
    try socket.setOption(.sendBufferSize, to: 4 << 20)
    let reader = PeerReader(other, pauseMicroseconds: 0)
    let list = [ArraySegment<UInt8>](repeating: ArraySegment([UInt8](repeating: 7, count: 1 << 20)), count: mebibytes)
    if blocking {
      await onThread { do { _ = try socket.send(list) } catch { fatalError("\(error)") } }
    } else {
      _ = try await socket.send(list)
    }
    socket.close()
    try reader.join()
  }
}
