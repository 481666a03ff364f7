// SPDX-License-Identifier: Apache-2.0
import CFiles
import Glibc
import NIOCore
import NIOPosix

private struct Connection {
  let channel: any Channel
  let head: ByteBuffer
  let region: NIOCore.FileRegion
  let tail: ByteBuffer
}

// C functions capture nothing, so what they share stands at file scope. The harness prepares and sends from one thread.
nonisolated(unsafe) private var connection: Connection?
private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

/// SwiftNIO's FileRegion between two buffers: the three are written, the last one flushed, and each send waits for the promise.
enum NIOWay {
  static var way: way {
    var way = CFiles.way()
    way.name = constantName("SwiftNIO")
    way.is_elsewhere = 1
    way.prepare = { message in
      do { connection = try open(message!.pointee) } catch { fatalError("NIO: \(error)") }
    }
    way.send = { _, sends in
      do { for _ in 0..<sends { try send(connection!) } } catch { fatalError("NIO: \(error)") }
    }
    way.end = {
      let handle = connection!.region.fileHandle
      do {
        try connection!.channel.close().wait()
        try handle.close()
      } catch {
        fatalError("NIO: \(error)")
      }
    }
    return way
  }
}

private func open(_ message: message) throws -> Connection {
  // The harness reads the reader's answers.
  let bootstrap = ClientBootstrap(group: group).channelOption(.autoRead, value: false)
  let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: dup(message.file))
  return Connection(
    channel: try bootstrap.withConnectedSocket(dup(message.fd)).wait(),
    head: ByteBuffer(bytes: message.header),
    region: FileRegion(fileHandle: handle, readerIndex: 0, endIndex: message.region),
    tail: ByteBuffer(bytes: message.trailer))
}

private func send(_ connection: Connection) throws {
  let (channel, head, region, tail) = (connection.channel, connection.head, connection.region, connection.tail)
  try channel.eventLoop.flatSubmit {
    channel.write(head, promise: nil)
    channel.write(region, promise: nil)
    return channel.writeAndFlush(tail)
  }.wait()
}
