// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend
import SocketSendAsync

/// What a long send does to the other tasks of the pool.
enum Neighbours {
  /// Prints by how many milliseconds the sleeps of 1 ms of another task are late (median, 99th percentile) while 1 GiB is sent.
  static func measure(mebibytes: Int) async throws {
    let (socket, other) = try Socket.pair()
    try socket.setOption(.sendBufferSize, to: 4 << 20)
    let reader = PeerReader(other, pauseMicroseconds: 0)
    let list = [ArraySegment<UInt8>](repeating: ArraySegment([UInt8](repeating: 7, count: 1 << 20)), count: mebibytes)
    let send = Task { _ = try await socket.send(list) }
    let sleeper = Task {
      var late: [Double] = []
      while !Task.isCancelled {
        let start = ContinuousClock.now
        try? await Task.sleep(for: .milliseconds(1))
        late.append(start.duration(to: .now) / .milliseconds(1) - 1)
      }
      return late
    }
    try await send.value
    sleeper.cancel()
    let late = await sleeper.value
    socket.close()
    try reader.join()
    print(late.quantile(0.5), late.quantile(0.99), late.count)
    exit(0)
  }
}
