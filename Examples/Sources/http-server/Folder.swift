// SPDX-License-Identifier: Apache-2.0

import Common
import Foundation
import SocketSend

/// A folder whose files are served. Their bytes go from the file to the socket: each answer is a head and a region of the file.
struct Folder {
  let path: String

  /// Answers a request for a file of the folder.
  func answer(_ target: Substring, range: String?, headOnly: Bool, to client: Socket) throws {
    guard let name = Self.name(target) else { return try refuse("404 Not Found", headOnly, client) }
    let descriptor = open(path + "/" + name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    // The region's descriptor stays open until the send has returned.
    defer { if descriptor >= 0 { close(descriptor) } }
    guard let file = try? FileRegion(descriptor) else { return try refuse("404 Not Found", headOnly, client) }

    let type = Self.types[String(name.split(separator: ".").last ?? "")] ?? "application/octet-stream"
    var answer = head("200 OK", type, "Accept-Ranges: bytes", "Content-Length: \(file.byteCount)")
    var body = file
    // HTTP defines ranges for GET alone.
    switch ByteRange(headOnly ? nil : range, of: file.byteCount) {
    case .whole: break
    case .part(let part):
      body = file[part]
      let field = "Content-Range: bytes \(part.lowerBound)-\(part.upperBound - 1)/\(file.byteCount)"
      answer = head("206 Partial Content", type, field, "Content-Length: \(part.count)")
    case .unsatisfiable:
      return try refuse("416 Range Not Satisfiable", headOnly, client, "Content-Range: bytes */\(file.byteCount)")
    }
    let list: [any ByteSegment] = headOnly ? [answer] : [answer, body]
    try client.send(list)
  }

  /// By the end of a file's name.
  private static let types = [
    "html": "text/html; charset=utf-8", "css": "text/css", "js": "text/javascript", "txt": "text/plain; charset=utf-8",
    "svg": "image/svg+xml", "png": "image/png",
  ]

  private func refuse(
    _ status: String, _ headOnly: Bool, _ client: Socket, _ field: String = "Accept-Ranges: bytes"
  ) throws {
    let text = bytes(status + "\n")
    let head = head(status, "text/plain", field, "Content-Length: \(text.count)")
    try client.send(headOnly ? [head] : [head, text])
  }

  /// The file's name in the folder; nil where a part of the target would lead out of it.
  private static func name(_ target: Substring) -> String? {
    let path = target.prefix { $0 != "?" }
    guard path.hasPrefix("/"), let name = path.removingPercentEncoding, !name.contains("\0") else { return nil }
    return name.split(separator: "/").contains("..") ? nil : String(name.dropFirst())
  }
}

/// What a `Range` field asks for. A field that is not of one range of bytes is as none.
enum ByteRange {
  case whole
  case part(Range<Int>)
  case unsatisfiable

  init(_ field: String?, of count: Int) {
    self = .whole
    guard let field, field.hasPrefix("bytes="), !field.contains(",") else { return }
    let ends = field.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.allSatisfy { "0"..."9" ~= $0 } }), ends[0] != "" || ends[1] != "" else {
      return
    }
    // A number that no integer holds is beyond the end of any file.
    let numbers = ends.map { $0.isEmpty ? nil : Int($0) ?? Int.max }
    if let first = numbers[0] {
      let last = numbers[1] ?? Int.max
      if last >= first { self = first < count ? .part(first..<min(last, count - 1) + 1) : .unsatisfiable }
    } else if let length = numbers[1] {
      self = length > 0 && count > 0 ? .part(max(0, count - length)..<count) : .unsatisfiable
    }
  }
}
