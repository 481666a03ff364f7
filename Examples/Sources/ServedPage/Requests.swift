// SPDX-License-Identifier: Apache-2.0

/// A request, as far as these servers care.
public enum Request {
  /// `isLast` if the client wants the connection closed after the answer.
  case get(isLast: Bool)
  /// The request cannot be answered, and where the next one begins is not known.
  case bad(status: String)
}

/// The requests in the bytes that arrived, one after another.
public struct Requests {
  private var bytes: [UInt8] = []
  /// The next request begins here.
  private var start = 0
  /// No head ends before this place.
  private var searched = 0

  private static let longestHead = 8192

  public init() {}

  public mutating func append(_ more: [UInt8]) {
    bytes.removeFirst(start)
    searched -= start
    start = 0
    bytes += more
  }

  /// Takes the next request. Returns nil if it has not arrived whole.
  public mutating func next() -> Request? {
    guard let end = endOfHead() else {
      return bytes.count - start > Self.longestHead ? .bad(status: "431 Request Header Fields Too Large") : nil
    }
    let head = String(decoding: bytes[start..<end], as: UTF8.self)
    start = end
    searched = end
    return Self.request(head.split(separator: "\r\n"))
  }

  /// The place after the empty line that ends a head.
  private mutating func endOfHead() -> Int? {
    while let lineEnd = bytes[searched...].firstIndex(of: UInt8(ascii: "\n")) {
      searched = lineEnd + 1
      if bytes[start..<searched].suffix(4).elementsEqual("\r\n\r\n".utf8) { return searched }
    }
    searched = bytes.count
    return nil
  }

  private static func request(_ lines: [Substring]) -> Request {
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count == 3 else { return .bad(status: "400 Bad Request") }
    guard words[2] == "HTTP/1.1" else { return .bad(status: "505 HTTP Version Not Supported") }
    guard words[0] == "GET" else { return .bad(status: "501 Not Implemented") }

    let fields = lines.dropFirst().map { $0.lowercased() }
    // The body of a request would be taken for the next request.
    if fields.contains(where: { $0.hasPrefix("content-length:") || $0.hasPrefix("transfer-encoding:") }) {
      return .bad(status: "413 Content Too Large")
    }
    return .get(isLast: fields.contains { $0.hasPrefix("connection:") && $0.hasSuffix("close") })
  }
}
