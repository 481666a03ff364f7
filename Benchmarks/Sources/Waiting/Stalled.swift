// SPDX-License-Identifier: Apache-2.0
import CWaiting
import Glibc
import NIOCore
import NIOPosix
import SocketSend
import SocketSendAsync

/// Who waits for room in many sockets at once.
enum Staller: String, CaseIterable {
  case ours
  case nio = "NIO"
  case epoll = "C, epoll"
  case threads

  /// A thread each for more is not what anybody does.
  func takes(_ count: Int) -> Bool { self != .threads || count <= 1000 }
}

/// Connections with full buffers. The other ends are in a process of its own, which never reads.
struct FullConnections {
  let senders: [Socket]

  init(_ count: Int) throws {
    let name = "waiting-\(getpid())"
    let listener = try Socket(.unix, .stream)
    try listener.bind(to: .unix(path: "\0" + name))
    try listener.listen(backlog: 1000)
    _ = ChildProcess(["hold", name, String(count)])
    senders = try (0..<count).map { _ in
      let sender = try listener.accept()
      try sender.setOption(.sendBufferSize, to: 4096)
      while (try? sender.send([filler], flags: .doNotWait)) != nil {}
      return sender
    }
  }

  var descriptors: [CInt] { senders.map(\.descriptor.rawValue) }

  /// The other process: connects, and ends with the first one.
  static func hold(_ name: String, _ count: Int) throws {
    let connections = try (0..<count).map { _ in
      let socket = try Socket(.unix, .stream)
      try socket.connect(to: .unix(path: "\0" + name))
      return socket
    }
    var hangUp = pollfd(fd: connections[0].descriptor.rawValue, events: 0, revents: 0)
    while poll(&hangUp, 1, -1) <= 0 {}
    withExtendedLifetime(connections) {}
  }
}

private let filler = ArraySegment([UInt8](repeating: 1, count: 1 << 12))
/// Of many segments, as a reply has.
private let reply = [ArraySegment<UInt8>](repeating: filler, count: 4)

enum Stalled {
  /// Prints the processor time of `count` stalled sends in percent of one processor, and the bytes of memory each takes.
  static func measure(_ staller: Staller, _ count: Int, seconds: Double) async throws {
    let connections = try FullConnections(count)
    let empty = waiting_resident_bytes()
    var channels: [any Channel] = []
    if staller == .nio { channels = try await openChannels(connections) }
    let before = waiting_resident_bytes()
    switch staller {
    case .ours: for socket in connections.senders { Task { try await socket.send(reply) } }
    case .nio:
      let buffer = ByteBuffer(repeating: 1, count: 4 << 12)
      for channel in channels { channel.writeAndFlush(buffer, promise: nil) }
    case .epoll: waiting_stall_in_epoll(keep(connections.descriptors), count)
    case .threads: waiting_stall_in_threads(keep(connections.descriptors), count)
    }
    try await Task.sleep(for: .seconds(1.5))
    let after = waiting_resident_bytes()
    let cpu = waiting_cpu_seconds()
    try await Task.sleep(for: .seconds(seconds))
    let used = 100 * (waiting_cpu_seconds() - cpu) / seconds
    // The process ends before a descriptor is closed, which NIO's channels own too.
    withExtendedLifetime((connections, channels)) {
      print(used, Double(after - min(before, after)) / Double(count), Double(before - min(empty, before)) / Double(count))
      exit(0)
    }
  }

  /// Prints the median and the 99th percentile of how late `count` time-outs came, in milliseconds.
  static func measureTimeouts(_ staller: Staller, _ count: Int) async throws {
    let connections = try FullConnections(count)
    let timeout = Duration.seconds(2)
    var late: [Double] = []
    var channels: [any Channel] = []
    if staller == .ours {
      late = try await withThrowingTaskGroup { group in
        for socket in connections.senders {
          socket.sendTimeout = timeout
          group.addTask {
            let start = ContinuousClock.now
            do throws(SocketError) {
              _ = try await socket.send(reply)
            } catch {
              guard error.isOwnTimeout else { throw error }
            }
            return (start.duration(to: .now) - timeout) / .milliseconds(1)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    } else {
      channels = try await openChannels(connections)
      late = try await withThrowingTaskGroup { group in
        for channel in channels {
          group.addTask {
            let start = ContinuousClock.now
            try await channel.eventLoop.scheduleTask(in: .seconds(2)) {}.futureResult.get()
            return (start.duration(to: .now) - timeout) / .milliseconds(1)
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
    }
    withExtendedLifetime((connections, channels)) {
      print(late.quantile(0.5), late.quantile(0.99), late.min() ?? 0)
      exit(0)
    }
  }

  private static func openChannels(_ connections: FullConnections) async throws -> [any Channel] {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    var channels: [any Channel] = []
    for descriptor in connections.descriptors {
      channels.append(try await ClientBootstrap(group: group).withConnectedSocket(descriptor).get())
    }
    return channels
  }

  /// For the life of the process.
  private static func keep(_ descriptors: [CInt]) -> UnsafePointer<CInt> {
    let kept = UnsafeMutableBufferPointer<CInt>.allocate(capacity: descriptors.count)
    _ = kept.initialize(from: descriptors)
    return UnsafePointer(kept.baseAddress!)
  }
}

extension [Double] {
  func quantile(_ part: Double) -> Double { sorted()[Int(Double(count - 1) * part)] }
  var median: Double { quantile(0.5) }
}
