// SPDX-License-Identifier: Apache-2.0
import Benchmark
import SocketSend

/// A connected UDP socket whose peer never reads: nothing waits and nobody shares the processor.
struct Peer {
  let socket: Socket
  private let reader: Socket

  init() throws {
    reader = try Socket(.ipv4, .datagram)
    try reader.bind(to: .ipv4("127.0.0.1", port: 0))
    socket = try Socket(.ipv4, .datagram)
    try socket.connect(to: reader.localAddress)
  }
}

func list(_ segments: Int, of bytes: Int) -> [ArraySegment<UInt8>] {
  (0..<segments).map { ArraySegment([UInt8](repeating: UInt8(truncatingIfNeeded: $0), count: bytes)) }
}

let benchmarks: @Sendable () -> Void = {
  let shapes = [(1, 64), (4, 32), (8, 128), (64, 16), (64, 512), (512, 16), (1024, 16)]
  for (segments, bytes) in shapes {
    let configuration = Benchmark.Configuration(
      metrics: [.wallClock, .throughput], scalingFactor: .kilo, maxDuration: .seconds(1))
    Benchmark("Socket.send \(segments) x \(bytes)", configuration: configuration) { benchmark in
      let peer = try Peer()
      let buffers = list(segments, of: bytes)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try peer.socket.send(buffers)) }
    }
    Benchmark("SocketDescriptor.send \(segments) x \(bytes)", configuration: configuration) { benchmark in
      let peer = try Peer()
      let buffers = list(segments, of: bytes)
      benchmark.startMeasurement()
      for _ in benchmark.scaledIterations { blackHole(try peer.socket.descriptor.send(buffers)) }
    }
  }
}
