// SPDX-License-Identifier: Apache-2.0

import ServedPage
import SocketSend
import SocketSendAsync
import Synchronization

/// Accepts connections, and serves each by a task of its own.
final class Server: Sendable {
  private let listener: Socket
  private let page: Page
  private let patience: Duration
  private let counts = Mutex(Counts())

  /// An element for each connection that may still be accepted.
  private let places: AsyncStream<Void>
  private let freePlaces: AsyncStream<Void>.Continuation

  init(port: UInt16, page: Page, mostConnections: Int, patience: Duration) throws {
    self.page = page
    self.patience = patience
    (places, freePlaces) = AsyncStream.makeStream()
    for _ in 0..<mostConnections { freePlaces.yield() }

    listener = try Socket(.ipv4, .stream)
    try listener.setOption(.reuseAddress, to: true)
    try listener.bind(to: .ipv4("127.0.0.1", port: port))
    try listener.listen(backlog: 4096)
  }

  var port: UInt16 {
    get throws { try listener.localAddress.port! }
  }

  /// What was served by now.
  var report: String { counts.withLock { $0.description } }

  /// Serves until ``stop()``, and returns once the last connection has ended.
  func run() async throws {
    try await withThrowingDiscardingTaskGroup { group in
      for await _ in places {
        guard let client = try await nextClient() else { break }
        group.addTask {
          await self.serve(client)
          self.freePlaces.yield()
        }
      }
      // Ends the waits of all connections.
      group.cancelAll()
    }
  }

  /// Accepts no more connections, and ends the open connections: each sends the answers it has begun. Any thread may call it.
  func stop() {
    listener.close()
    freePlaces.finish()
  }

  /// Waits for the next connection. Returns nil once the server was stopped.
  private func nextClient() async throws -> Socket? {
    while true {
      do throws(SocketError) {
        return try await listener.accept()
      } catch {
        if listener.isClosed { return nil }
        switch error.code {
        case .tooManyOpenSockets, .noBufferSpaceAvailable:
          // The client stays in the queue. Connections that end meanwhile give descriptors back.
          counts.withLock { $0.pauses += 1 }
          try await Task.sleep(for: .milliseconds(50))
        case .connectionAborted: continue  // The client left the queue.
        default: throw error
        }
      }
    }
  }

  private func serve(_ client: Socket) async {
    counts.withLock { $0.begin() }
    var connection = ServedConnection(client, page: page, patience: patience)
    let end = await connection.serve()
    counts.withLock { $0.end(end, answers: connection.answers) }
  }
}
