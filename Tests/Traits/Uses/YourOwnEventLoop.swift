// SPDX-License-Identifier: Apache-2.0

// Block: .systemLibrary(name: "CEpoll"),
// Program: YourOwnEventLoop, final class EventLoop {

// Block: final class EventLoop {
let loop = try EventLoop()
let pairs = [try Socket.pair(), try Socket.pair(), try Socket.pair()]
let connections = pairs.map { Connection($0.0.descriptor) }
for connection in connections { try loop.add(connection) }
let peers = pairs.prefix(2).map { pair in Peer { try whole(pair.1) } }
pairs[2].1.close()

let words = (0..<10_000).map { "\($0) " }
loop.send(large, on: connections[0])
for word in words { loop.send([word], on: connections[1]) }
loop.send(large, on: connections[0])
loop.send(["to nobody"], on: connections[2])
try loop.run { connection, error in
  print("broken: \(connection === connections[2]), \(error.code)")
}
for pair in pairs { pair.0.close() }
print("all arrived: \(peers[0].bytes == Array((large + large).joined())), \(peers[1].text == words.joined())")
//> broken: true, shutdown (*)
//> all arrived: true, true

// Block: func send(_ list: [ArraySegment<UInt8>], on descriptor: SocketDescriptor, waitingIn pool
import Dispatch

/// A pool with a queue of Dispatch for its loop.
struct DispatchPool: SocketPool {
  func suspendUntilReady(for event: SocketEvent, on descriptor: SocketDescriptor) async {
    await withCheckedContinuation { continuation in
      let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor.rawValue, queue: .global())
      source.setEventHandler { source.cancel() }
      source.setCancelHandler { continuation.resume() }
      source.activate()
    }
  }
}
print("all arrived: \(try await arrivesWhole { try await send($0, on: $1.descriptor, waitingIn: DispatchPool()) })")

let (broken, other) = try Socket.pair()
other.close()
do {
  try await send(segments("to nobody"), on: broken.descriptor, waitingIn: DispatchPool())
} catch let error as SocketError {
  print(error.code)
}
//> all arrived: true
//> shutdown (*)
