// SPDX-License-Identifier: Apache-2.0

import ServedPage
import SocketSend

/// The lists that a connection has still to send, in order, with a cursor each.
struct SendQueue {
  /// An array's elements can be copied and a cursor cannot. So an object holds each cursor.
  private final class Entry {
    var cursor: SendCursor
    let answers: Int

    init(_ list: Segments, answers: Int) {
      cursor = SendCursor(list)
      self.answers = answers
    }
  }

  private var entries: [Entry] = []

  /// The most lists. A connection makes no more answers until the client has read some.
  private static let most = 4

  var isEmpty: Bool { entries.isEmpty }
  var isFull: Bool { entries.count >= Self.most }

  mutating func append(_ list: Segments, answers: Int) {
    entries.append(Entry(list, answers: answers))
  }

  enum Outcome {
    /// The socket took the end of a list, which had so many answers.
    case finished(answers: Int)
    /// The socket took all of the offer, and the list has more.
    case progressed
    /// The socket is full.
    case full
    /// Nothing more can be sent.
    case failed(SocketError)
  }

  /// Offers the first list once. The queue is not empty.
  mutating func offer(on descriptor: SocketDescriptor) -> Outcome {
    let first = entries[0]
    let answer = first.cursor.offer(on: descriptor)
    if let error = answer.error { return .failed(error) }
    if answer.wouldBlock { return .full }
    guard first.cursor.isFinished else { return .progressed }
    entries.removeFirst()
    return .finished(answers: first.answers)
  }
}
