// SPDX-License-Identifier: Apache-2.0

import ServedPage
import SocketSend
import SocketSendAsync

/// A connection to a client. Its requests are answered in order. One send answers all requests that arrived together.
struct ServedConnection {
  private let socket: Socket
  private let page: Page
  private let patience: Duration
  private var requests = Requests()
  private var unsent: Segments = []
  private var answersMade = 0
  /// The answers that the system accepted whole.
  private(set) var answers = 0

  /// The most answers in one send. The time-out of a send is for all its bytes.
  private static let mostAtOnce = 64

  init(_ socket: Socket, page: Page, patience: Duration) {
    self.socket = socket
    self.page = page
    self.patience = patience
    socket.sendTimeout = patience
    // TCP sends the end of a list before the client has acknowledged its start. Without the option the end waits.
    try? socket.setOption(.noDelay, to: true)
  }

  /// Serves the client until the client or the server ends the connection, and closes it.
  mutating func serve() async -> End {
    let end = await answerRequests()
    switch end {
    case .clientLeft, .broken, .slow: break
    case .lastRequest, .badRequest, .idle, .stopped: await endInOrder()
    }
    socket.close()
    return end
  }

  private mutating func answerRequests() async -> End {
    do throws(SocketError) {
      while true {
        let (list, end) = answersToRequests()
        if !list.isEmpty { try await send(list) }
        if let end { return end }
        // All requests that arrived are answered if there was nothing to send.
        if list.isEmpty, try await !receive() { return .clientLeft }
      }
    } catch {
      return end(by: error)
    }
  }

  /// The answers to requests that arrived, and why the connection ends after them, if it does.
  private mutating func answersToRequests() -> (Segments, End?) {
    var list: Segments = []
    for _ in 0..<Self.mostAtOnce {
      switch requests.next() {
      case nil: return (list, nil)
      case .bad(let status): return (list + [Page.refusal(status)], .badRequest)
      case .get(let isLast):
        answersMade += 1
        list += page.answer(number: answersMade, isLast: isLast)
        if isLast { return (list, .lastRequest) }
      }
    }
    return (list, nil)
  }

  private mutating func send(_ list: Segments) async throws(SocketError) {
    do throws(SocketError) {
      try await socket.send(list)
      answers = answersMade
    } catch {
      unsent = list.dropFirst(bytes: error.bytesSent)
      throw error
    }
  }

  /// Waits for more requests. Returns false at the end of the stream.
  private mutating func receive() async throws(SocketError) -> Bool {
    let bytes = try await socket.receive(upTo: 16384, timeout: patience)
    requests.append(bytes)
    return !bytes.isEmpty
  }

  private func end(by error: SocketError) -> End {
    if Task.isCancelled { return .stopped }
    if !error.isOwnTimeout { return .broken }
    return unsent.isEmpty ? .idle : .slow
  }

  /// Sends what is left of a list, then the end of the stream, and waits a little for the client's end. Closing a socket that
  /// has unread requests resets the connection, and the client may lose the last answers.
  private mutating func endInOrder() async {
    // In a cancelled task no send begins. This task is a new one.
    let isSent = await Task { [socket, unsent] in
      if !unsent.isEmpty {
        guard (try? await socket.send(unsent)) != nil else { return false }
      }
      try? socket.shutdown(.send)
      await Self.awaitEnd(of: socket)
      return true
    }.value
    if isSent { answers = answersMade }
  }

  /// Drops what still arrives, for about a second at most.
  private static func awaitEnd(of socket: Socket) async {
    let end = ContinuousClock.now + .seconds(1)
    while ContinuousClock.now < end {
      guard let bytes = try? await socket.receive(upTo: 65536, timeout: .seconds(1)), !bytes.isEmpty else { return }
    }
  }
}
