// SPDX-License-Identifier: Apache-2.0

import SocketSend
import SocketSendAsync

/// Many connections at once, with many requests on each.
struct Load: Sendable {
  private let server: SocketAddress
  private let page: ExpectedPage
  private let connections: Int
  private let requests: Int

  /// No server is silent for as long as this.
  private static let patience = Duration.seconds(30)

  struct Result {
    var answers = 0
    /// Why connections failed.
    var failures: [String] = []
  }

  init(on server: SocketAddress, page: ExpectedPage, connections: Int, requests: Int) {
    self.server = server
    self.page = page
    self.connections = connections
    self.requests = requests
  }

  /// Opens all connections.
  func connect() async throws -> [Socket] {
    try await withThrowingTaskGroup(of: Socket.self) { group in
      for _ in 0..<connections {
        group.addTask { try await connectOne() }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
  }

  private func connectOne() async throws -> Socket {
    let socket = try Socket(server.family, .stream)
    try await socket.connect(to: server, timeout: Self.patience)
    try socket.setOption(.noDelay, to: true)
    socket.sendTimeout = Self.patience
    return socket
  }

  /// Sends the requests on all connections at once, and checks the answers.
  func run(on sockets: [Socket]) async -> Result {
    await withTaskGroup(of: (answers: Int, failure: String?).self) { group in
      for socket in sockets {
        group.addTask { await runOne(on: socket) }
      }
      return await group.reduce(into: Result()) { result, one in
        result.answers += one.answers
        if let failure = one.failure { result.failures.append(failure) }
      }
    }
  }

  private func runOne(on socket: Socket) async -> (answers: Int, failure: String?) {
    defer { socket.close() }
    var visit = Visit(on: socket, page: page, patience: Self.patience)
    do {
      try await visit.run(requests: requests)
      return (visit.answers, nil)
    } catch {
      return (visit.answers, "after \(visit.answers) answers: \(error)")
    }
  }
}
