// SPDX-License-Identifier: Apache-2.0
// A list whose memory was changed, is gone, or could be gone when the list is used.

import SocketSend

func changed(on socket: Socket) throws {
  var bytes: [UInt8] = [1, 2]
  var list = SpanList()
  list.append(bytes.span)
  bytes.append(3)  // expect: error: overlapping accesses to 'bytes'
  try socket.send(list)  // expect: blocks
}

func replaced(_ bytes: consuming [UInt8], by others: [UInt8], on socket: Socket) throws {
  var list = SpanList()
  list.append(bytes.span)
  bytes = others  // expect: error: overlapping accesses to 'bytes'
  try socket.send(list)  // expect: blocks
}

func goneWithItsScope(_ isLong: Bool, on socket: Socket) throws {
  var list = SpanList()  // expect: error: lifetime-dependent variable 'list' escapes its scope
  if isLong {
    let body: [UInt8] = [1, 2]
    list.append(body.span)
  }
  try socket.send(list)  // expect: blocks
}

func goneWithItsTurn(on socket: Socket) throws {
  var list = SpanList()
  for index in 0..<3 {
    list.append("\(index)".utf8.span)  // expect: error: lifetime-dependent value escapes its scope
  }
  try socket.send(list)  // expect: blocks
}

func goneWithTheClosure(_ bytes: [UInt8], on socket: Socket) throws {
  var list = SpanList()  // expect: error: lifetime-dependent variable 'list' escapes its scope
  unsafe bytes.withUnsafeBytes { unsafe list.append($0.bytes) }
  try socket.send(list)  // expect: blocks
}

final class Message {
  var body: [UInt8] = [1]
}

func ofAnObject(_ message: Message, on socket: Socket) throws {
  var list = SpanList()
  list.append(message.body.span)  // expect: error: lifetime-dependent value escapes its scope
  try socket.send(list)  // expect: blocks
}

func copied(_ bytes: [UInt8], on socket: Socket) throws {
  var list = SpanList()  // expect: error: 'list' used after consume
  list.append(bytes.span)
  let other = list
  try socket.send(list)  // expect: blocks
  try socket.send(other)  // expect: blocks
}

func later(_ work: @escaping () -> Void) {}

func inAClosure(_ bytes: [UInt8], on socket: Socket) {
  var list = SpanList()
  list.append(bytes.span)  // expect: error: lifetime-dependent value escapes its scope
  later { _ = try? socket.send(list) }  // expect: blocks
}

func addsTo(_ list: inout SpanList, _ bytes: Span<UInt8>) {  // expect: error: 'list' escapes its scope
  list.append(bytes)
}
