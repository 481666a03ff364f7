// SPDX-License-Identifier: Apache-2.0

import Common
import Foundation
import SocketSend
import SocketSendAsync

/// What the server answers with.
struct ExpectedPage {
  private let start: ArraySegment<UInt8>

  init(_ body: [UInt8]) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: Answer\r\n\r\n"
    start = bytes(head + String(body.count, radix: 16) + "\r\n") + body
  }

  /// The answer with that number on its connection, in segments.
  func answer(number: Int) -> [ArraySegment<UInt8>] { [start, bytes("\r\n0\r\nAnswer: \(number)\r\n\r\n")] }
}

/// The requests on one connection, and the check of their answers.
struct Visit {
  private let socket: Socket
  private let page: ExpectedPage
  private let patience: Duration
  private var arrived: ArraySegment<UInt8> = []
  /// The answers that were checked.
  private(set) var answers = 0

  /// How many requests are sent before their answers are read.
  private static let pipelined = 5
  private static let request = bytes("GET / HTTP/1.1\r\nHost: example\r\n\r\n")

  init(on socket: Socket, page: ExpectedPage, patience: Duration) {
    self.socket = socket
    self.page = page
    self.patience = patience
  }

  mutating func run(requests: Int) async throws {
    while answers < requests {
      let count = min(Self.pipelined, requests - answers)
      try await socket.send(Array(repeating: Self.request, count: count))
      for _ in 0..<count {
        for segment in page.answer(number: answers + 1) { try await expect(segment) }
        answers += 1
      }
    }
    // Nothing may come after the last answer.
    try socket.shutdown(.send)
    if arrived.isEmpty { arrived = try await socket.receive(upTo: 1, timeout: patience)[...] }
    if !arrived.isEmpty { throw Failure("more bytes than the answers have") }
  }

  /// Compares the next bytes that arrive with `expected`.
  private mutating func expect(_ expected: ArraySegment<UInt8>) async throws {
    var rest = expected
    while !rest.isEmpty {
      if arrived.isEmpty { arrived = try await socket.receive(upTo: 65536, timeout: patience)[...] }
      if arrived.isEmpty { throw Failure("the server ended the connection") }
      let count = min(rest.count, arrived.count)
      guard isSame(arrived, rest, count) else { throw Failure("wrong bytes in the next answer") }
      arrived = arrived.dropFirst(count)
      rest = rest.dropFirst(count)
    }
  }
}

/// Whether the first `count` bytes of both are the same. In a debug build `==` would compare them byte by byte.
private func isSame(_ one: ArraySegment<UInt8>, _ other: ArraySegment<UInt8>, _ count: Int) -> Bool {
  one.withUnsafeBytes { one in
    other.withUnsafeBytes { other in memcmp(one.baseAddress!, other.baseAddress!, count) == 0 }
  }
}
