// SPDX-License-Identifier: Apache-2.0
import CWaiting
import Glibc
import NIOCore
import NIOPosix
import SocketSend
import SocketSendAsync

/// Who sends to a reader that is slower.
enum Sender: String, CaseIterable {
  case blocking = "C, blocking"
  case epoll = "C, epoll"
  case ours
  case nio = "NIO"
}

enum Pressure {
  /// Sends `times` lists of `kibibytes` in 64 segments to a reader that pauses after each 64 KiB. Prints the processor time and the
  /// elapsed time.
  static func measure(_ sender: Sender, times: Int, kibibytes: Int, pauseMicroseconds: Int) async throws {
    let segment = ArraySegment([UInt8](repeating: 7, count: kibibytes << 4))
    let list = [ArraySegment<UInt8>](repeating: segment, count: 64)
    let (socket, other) = try Socket.pair()
    let reader = PeerReader(other, pauseMicroseconds: pauseMicroseconds)
    let descriptor = socket.descriptor.rawValue
    let channel = sender == .nio ? try await openChannel(dup(descriptor)) : nil
    let buffers = list.map { ByteBuffer(bytes: $0) }
    let clock = ContinuousClock.now
    let cpu = waiting_cpu_seconds()
    switch sender {
    case .blocking: withVectors(of: list) { waiting_send_blocking(descriptor, $0, list.count, times) }
    case .epoll: withVectors(of: list) { waiting_send_by_epoll(descriptor, $0, list.count, times) }
    case .ours: for _ in 0..<times { _ = try await socket.send(list) }
    case .nio: for _ in 0..<times { try await send(buffers, on: channel!) }
    }
    let used = waiting_cpu_seconds() - cpu
    let elapsed = clock.duration(to: .now) / .seconds(1)
    try await channel?.close()
    socket.close()
    try reader.join()
    print(used, elapsed)
    exit(0)
  }

  private static func openChannel(_ descriptor: CInt) async throws -> any Channel {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    return try await ClientBootstrap(group: group).withConnectedSocket(descriptor).get()
  }

  private static func send(_ buffers: [ByteBuffer], on channel: any Channel) async throws {
    try await channel.eventLoop.flatSubmit {
      for buffer in buffers.dropLast() { channel.write(buffer, promise: nil) }
      return channel.writeAndFlush(buffers[buffers.count - 1])
    }.get()
  }

  private static func withVectors(of list: [ArraySegment<UInt8>], _ body: (UnsafePointer<iovec>) -> Void) {
    let vectors = list.map { segment in
      segment.withUnsafeBytes { iovec(iov_base: UnsafeMutableRawPointer(mutating: $0.baseAddress), iov_len: $0.count) }
    }
    vectors.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
