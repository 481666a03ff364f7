// SPDX-License-Identifier: Apache-2.0
import CSideBySide
import Glibc
import NIOCore
import NIOPosix

// C functions capture nothing, so what they share stands at file scope. The harness prepares and sends from one thread.
nonisolated(unsafe) private var buffers: [ByteBuffer] = []
nonisolated(unsafe) private var channels: [CInt: any Channel] = [:]
private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// SwiftNIO: each segment is written, the last one flushed, and the call waits until all of it is accepted.
enum NIOCandidate {
  static var candidate: candidate {
    var candidate = CSideBySide.candidate()
    candidate.name = constantName("NIO")
    candidate.own_socket = true  // its channel makes the connection non-blocking
    candidate.streams_only = true
    candidate.most_segments = 5000
    candidate.prepare = { descriptor, cell in
      buffers = (0..<cell!.pointee.segments).map { index in
        let vector = cell!.pointee.list[index]
        return ByteBuffer(bytes: UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
      }
      if channels[descriptor] == nil { channels[descriptor] = openChannel(dup(descriptor)) }
    }
    candidate.send = { descriptor, _, calls in
      for _ in 0..<calls { sendAll(buffers, on: channels[descriptor]!) }
    }
    return candidate
  }

  /// Gives the descriptors back, so that the readers see the end.
  static func closeChannels() {
    for channel in channels.values { try? channel.close().wait() }
    channels = [:]
  }
}

private func openChannel(_ descriptor: CInt) -> any Channel {
  do {
    return try ClientBootstrap(group: group).withConnectedSocket(descriptor).wait()
  } catch {
    fatalError("NIO: \(error)")
  }
}

private func sendAll(_ list: [ByteBuffer], on channel: any Channel) {
  do {
    try channel.eventLoop.flatSubmit {
      for buffer in list.dropLast() { channel.write(buffer, promise: nil) }
      return channel.writeAndFlush(list[list.count - 1])
    }.wait()
  } catch {
    fatalError("NIO: \(error)")
  }
}
