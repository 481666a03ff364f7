// SPDX-License-Identifier: Apache-2.0

import Common
import SocketSend

public typealias Segments = [ArraySegment<UInt8>]

/// What the server answers with: a head and a body that all answers share, and a trailer with the answer's number.
public struct Page: Sendable {
  private let head: ArraySegment<UInt8>
  private let lastHead: ArraySegment<UInt8>
  private let body: ArraySegment<UInt8>

  public init(ofFile path: String) throws {
    body = try contents(ofFile: path)[...]
    if body.isEmpty { throw Failure("\(path) is empty") }
    // The body is one chunk. A trailer may stand behind chunks only.
    let fields = "Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\nTrailer: Answer\r\n"
    let chunkSize = String(body.count, radix: 16)
    head = bytes("HTTP/1.1 200 OK\r\n\(fields)\r\n\(chunkSize)\r\n")
    lastHead = bytes("HTTP/1.1 200 OK\r\n\(fields)Connection: close\r\n\r\n\(chunkSize)\r\n")
  }

  public func answer(number: Int, isLast: Bool) -> Segments {
    [isLast ? lastHead : head, body, bytes("\r\n0\r\nAnswer: \(number)\r\n\r\n")]
  }

  public static func refusal(_ status: String) -> ArraySegment<UInt8> {
    bytes("HTTP/1.1 \(status)\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
  }
}
