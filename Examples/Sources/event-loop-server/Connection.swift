// SPDX-License-Identifier: Apache-2.0

import ServedPage
import SocketSend

typealias Instant = ContinuousClock.Instant

/// A connection to a client. Its requests are answered in order. Requests that arrived together are answered by one list.
final class Connection {
  let descriptor: SocketDescriptor
  /// The answers that the system accepted whole.
  private(set) var answers = 0

  private enum Phase {
    case serving
    /// No request is read any more. What the queue has is sent.
    case ending(End)
    /// All was sent. What the client still sends is dropped, until it ends its side.
    case draining(End)
  }

  private let page: Page
  private let patience: Duration
  private var requests = Requests()
  private var queue = SendQueue()
  private var phase = Phase.serving
  private var answersMade = 0

  // What epoll reports is true until a call says that it would block, for a change is reported once.
  private var mayReceive = true
  private var maySend = true
  /// The bytes that arrived may hold a whole request.
  private var mayHaveRequest = false
  /// The queue is empty, and nothing arrived for too long after this; or the first list was not taken until then.
  private var deadline: Instant

  /// The most answers in one list. The deadline is for all its bytes.
  private static let mostAtOnce = 64

  init(_ descriptor: SocketDescriptor, page: Page, patience: Duration, at now: Instant) {
    self.descriptor = descriptor
    self.page = page
    self.patience = patience
    deadline = now + patience
    // TCP sends the end of a list before the client has acknowledged its start. Without the option the end waits.
    try? descriptor.setOption(.noDelay, to: true)
  }

  func note(_ event: Epoll.Event) {
    if event.mayReceive { mayReceive = true }
    if event.maySend { maySend = true }
  }

  /// Answers the requests that it has begun to answer, and no more.
  func stop() {
    if case .serving = phase { phase = .ending(.stopped) }
  }

  /// Why the connection ends now for the time that has passed; nil if it goes on.
  func overdue(at now: Instant) -> End? {
    if now < deadline { return nil }
    if case .draining(let end) = phase { return end }
    return queue.isEmpty ? .idle : .slow
  }
}

// MARK: A turn

extension Connection {
  enum Turn {
    /// More can be done without waiting, after the other connections had their turns.
    case again
    /// Nothing can be done before the next event.
    case waits
    case ended(End)
  }

  /// Receives once, makes a list of answers, and offers once: as far as that is possible without waiting.
  func takeTurn(at now: Instant) -> Turn {
    if case .draining(let end) = phase, isAtEndAfterDropping() { return .ended(end) }
    do throws(SocketError) {
      try receiveRequests(at: now)
      answerRequests(at: now)
      try offer(at: now)
    } catch {
      return .ended(.broken)
    }
    if case .ending(let end) = phase, queue.isEmpty {
      if end == .clientLeft { return .ended(end) }
      beginDraining(end, at: now)
    }
    return canGoOn ? .again : .waits
  }

  private var canGoOn: Bool {
    if maySend, !queue.isEmpty { return true }
    return switch phase {
    case .serving: !queue.isFull && (mayReceive || mayHaveRequest)
    case .draining: mayReceive
    case .ending: false
    }
  }

  private var isServing: Bool { if case .serving = phase { true } else { false } }

  /// While the queue is full nothing is received: the client's requests stay with the client.
  private func receiveRequests(at now: Instant) throws(SocketError) {
    guard isServing, mayReceive, !mayHaveRequest, !queue.isFull else { return }
    guard let bytes = try descriptor.arrivedBytes() else {
      mayReceive = false
      return
    }
    if bytes.isEmpty {
      phase = .ending(.clientLeft)
      return
    }
    if queue.isEmpty { deadline = now + patience }
    requests.append(bytes)
    mayHaveRequest = true
  }

  private func answerRequests(at now: Instant) {
    guard isServing, mayHaveRequest, !queue.isFull else { return }
    let (list, count) = nextAnswers()
    if list.isEmpty { return }
    if queue.isEmpty { deadline = now + patience }
    queue.append(list, answers: count)
  }

  /// The answers to requests that arrived, and how many they are.
  private func nextAnswers() -> (Segments, Int) {
    var list: Segments = []
    for count in 0..<Self.mostAtOnce {
      switch requests.next() {
      case nil:
        mayHaveRequest = false
        return (list, count)
      case .bad(let status):
        phase = .ending(.badRequest)
        return (list + [Page.refusal(status)], count)
      case .get(let isLast):
        answersMade += 1
        list += page.answer(number: answersMade, isLast: isLast)
        if isLast {
          phase = .ending(.lastRequest)
          return (list, count + 1)
        }
      }
    }
    return (list, Self.mostAtOnce)
  }

  private func offer(at now: Instant) throws(SocketError) {
    if !maySend || queue.isEmpty { return }
    switch queue.offer(on: descriptor) {
    case .finished(let count):
      answers += count
      deadline = now + patience
    case .progressed: break
    case .full: maySend = false
    case .failed(let error): throw error
    }
  }
}

// MARK: The end

extension Connection {
  /// Closing a socket that has unread requests resets the connection, and the client may lose the last answers. So the end of the
  /// stream is sent, and the client has a second to end its side.
  private func beginDraining(_ end: End, at now: Instant) {
    descriptor.endSending()
    phase = .draining(end)
    deadline = now + .seconds(1)
  }

  /// Receives once. Returns whether the stream has ended, in order or with an error.
  private func isAtEndAfterDropping() -> Bool {
    guard mayReceive else { return false }
    do throws(SocketError) {
      guard let bytes = try descriptor.arrivedBytes() else {
        mayReceive = false
        return false
      }
      return bytes.isEmpty
    } catch {
      return true
    }
  }
}
