// SPDX-License-Identifier: Apache-2.0

// A small HTTP server on 127.0.0.1. It answers with a file's lines, each answer by one send, whatever number of segments it
// has: `/` a page with an item a line, `/file` the file, `/chunked` the file in chunks with a trailer behind them. With a
// folder, `/files/NAME` is a file of it, or the range of its bytes that the client asks for.

import Common
import Foundation
import SocketSend

typealias Segments = [ArraySegment<UInt8>]

func head(_ status: String, _ type: String, _ fields: String...) -> ArraySegment<UInt8> {
  let fields = ["HTTP/1.1 \(status)", "Content-Type: \(type)"] + fields
  return bytes(fields.joined(separator: "\r\n") + "\r\n\r\n")
}

func answer(_ status: String, _ type: String, _ body: Segments) -> Segments {
  [head(status, type, "Content-Length: \(body.reduce(0) { $0 + $1.count })")] + body
}

/// The text as it stands in a page: the same segment, unless something in it has a meaning there.
func escaped(_ text: ArraySegment<UInt8>) -> ArraySegment<UInt8> {
  let meanings: [UInt8: String] = [
    UInt8(ascii: "&"): "&amp;", UInt8(ascii: "<"): "&lt;", UInt8(ascii: ">"): "&gt;",
  ]
  guard text.contains(where: { meanings[$0] != nil }) else { return text }
  return text.flatMap { byte in meanings[byte].map { Array($0.utf8) } ?? [byte] }[...]
}

/// What each path answers, made once: the segments are windows into the file, and the rest is shared.
func answers(lines: Segments) -> [String: Segments] {
  let lineEnd = bytes("\n")
  let item = bytes("<li>")
  let page =
    [bytes("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Lines</title>\n<ol>\n")]
    + lines.flatMap { [item, escaped($0), lineEnd] } + [bytes("</ol>\n")]

  let chunks = lines.flatMap { line in
    [bytes(String(line.count + 1, radix: 16) + "\r\n"), line, lineEnd, bytes("\r\n")]
  }
  let trailer = bytes("0\r\nLines: \(lines.count)\r\n\r\n")
  return [
    "/": answer("200 OK", "text/html", page),
    "/file": answer("200 OK", "text/plain", lines.flatMap { [$0, lineEnd] }),
    "/chunked": [head("200 OK", "text/plain", "Transfer-Encoding: chunked", "Trailer: Lines")] + chunks + [trailer],
  ]
}

/// Answers one request after the other, until the client closes the connection or leaves in the middle of an answer.
func serve(_ client: Socket, _ answers: [String: Segments], _ folder: Folder?) {
  var connection = Connection(adopting: client)
  do {
    while true {
      let request = try connection.line().split(separator: " ")
      var range: String?
      while case let field = try connection.line(), !field.isEmpty {
        if field.lowercased().hasPrefix("range:") {
          range = field.dropFirst(6).trimmingCharacters(in: .whitespaces).lowercased()
        }
      }
      let isFile = folder != nil && request.count == 3 && request[1].hasPrefix("/files/")
      guard request.count == 3, request[0] == "GET" || isFile && request[0] == "HEAD" else {
        try client.send(answer("501 Not Implemented", "text/plain", [bytes("only GET\n")]))
        return
      }
      if isFile, let folder {
        try folder.answer(request[1].dropFirst(6), range: range, headOnly: request[0] == "HEAD", to: client)
        continue
      }
      let answer = answers[String(request[1])] ?? answer("404 Not Found", "text/plain", [bytes("not here\n")])
      try client.send(answer)
    }
  } catch let error as SocketError {
    say("a client left: \(error)")
  } catch {}
}

runProgram("http-server PORT FILE [FOLDER]") { arguments in
  guard let port = UInt16(arguments[0]) else { throw Failure("'\(arguments[0])' is no port") }
  let answers = answers(lines: try lines(ofFile: arguments[1]))
  let folder = arguments.count > 2 ? Folder(path: arguments[2]) : nil
  let listener = try Socket(.ipv4, .stream)
  try listener.setOption(.reuseAddress, to: true)
  try listener.bind(to: .ipv4("127.0.0.1", port: port))
  try listener.listen()
  say("http://127.0.0.1:\(try listener.localAddress.port!)/")
  while true {
    let client = try listener.accept()
    Thread.detachNewThread { serve(client, answers, folder) }
  }
}
