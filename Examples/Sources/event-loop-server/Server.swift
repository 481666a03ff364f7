// SPDX-License-Identifier: Apache-2.0

import Foundation
import ServedPage
import SocketSend

/// The loop: waits for events, then lets each connection that can go on take a turn.
final class Server {
  private let listener: Socket
  private let page: Page
  private let mostConnections: Int
  private let patience: Duration
  private var epoll: Epoll
  private let signals: Signals
  private var counts = Counts()

  private var connections: [CInt: Connection] = [:]
  /// The numbers of the connections that take a turn next.
  private var ready: Set<CInt> = []
  private var mayAccept = true
  /// No descriptor was free. The next look at the deadlines ends the pause.
  private var isPaused = false
  private var isStopping = false
  private var nextLook = ContinuousClock.now

  /// How often the deadlines are looked at.
  private static let interval = Duration.milliseconds(100)

  init(port: UInt16, page: Page, mostConnections: Int, patience: Duration) throws {
    self.page = page
    self.mostConnections = mostConnections
    self.patience = patience
    epoll = try Epoll()
    signals = try Signals([SIGINT, SIGTERM])

    listener = try Socket(.ipv4, .stream)
    try listener.setOption(.reuseAddress, to: true)
    try listener.bind(to: .loopback(port: port))
    try listener.listen(backlog: 4096)
    try listener.setBlocking(false)
  }

  var port: UInt16 {
    get throws { try listener.localAddress.port! }
  }

  /// What was served by now.
  var report: String { counts.description }

  /// Serves until a signal comes, and returns once the last connection has ended.
  func run() throws {
    try epoll.watch(listener.descriptor.rawValue)
    try epoll.watch(signals.descriptor)
    while !isStopping || !connections.isEmpty {
      try noteEvents()
      let now = ContinuousClock.now
      try acceptConnections(at: now)
      takeTurns(at: now)
      if now >= nextLook { closeOverdue(at: now) }
    }
  }

  private func noteEvents() throws {
    let isBusy = canAccept || !ready.isEmpty
    let time = isBusy ? .zero : max(.zero, nextLook - ContinuousClock.now)
    for event in try epoll.wait(atMost: time) {
      switch event.descriptor {
      case listener.descriptor.rawValue: mayAccept = true
      case signals.descriptor: stop()
      default:
        connections[event.descriptor]?.note(event)
        ready.insert(event.descriptor)
      }
    }
  }

  /// Accepts no more connections, and ends the open ones: each sends the answers that it has begun.
  private func stop() {
    isStopping = true
    listener.close()
    for (number, connection) in connections {
      connection.stop()
      ready.insert(number)
    }
  }
}

// MARK: Connections

extension Server {
  /// The most connections that are accepted before those there are have their turns.
  private static let mostAtOnce = 64

  private var canAccept: Bool { mayAccept && !isPaused && !isStopping && connections.count < mostConnections }

  private func acceptConnections(at now: Instant) throws {
    for _ in 0..<Self.mostAtOnce where canAccept {
      do throws(SocketError) {
        guard let client = try listener.descriptor.nextConnection() else {
          mayAccept = false
          return
        }
        try begin(client, at: now)
      } catch {
        try pause(for: error)
      }
    }
  }

  /// The client stays in the queue. Connections that end meanwhile give descriptors back.
  private func pause(for error: SocketError) throws {
    guard error.code == .tooManyOpenSockets || error.code == .noBufferSpaceAvailable else { throw error }
    counts.pauses += 1
    isPaused = true
  }

  private func begin(_ client: SocketDescriptor, at now: Instant) throws(SocketError) {
    do throws(SocketError) {
      try epoll.watch(client.rawValue)
    } catch {
      client.release()
      throw error
    }
    connections[client.rawValue] = Connection(client, page: page, patience: patience, at: now)
    ready.insert(client.rawValue)
    counts.begin()
  }

  /// One turn for each, so that no connection holds up the others.
  private func takeTurns(at now: Instant) {
    let turns = ready
    ready = []
    for number in turns {
      guard let connection = connections[number] else { continue }
      switch connection.takeTurn(at: now) {
      case .again: ready.insert(number)
      case .waits: break
      case .ended(let end): close(connection, end)
      }
    }
  }

  private func closeOverdue(at now: Instant) {
    nextLook = now + Self.interval
    isPaused = false
    for connection in connections.values {
      if let end = connection.overdue(at: now) { close(connection, end) }
    }
  }

  private func close(_ connection: Connection, _ end: End) {
    connections[connection.descriptor.rawValue] = nil
    counts.end(end, answers: connection.answers)
    connection.descriptor.release()
  }
}
