// SPDX-License-Identifier: Apache-2.0
// Memory that stays as it is while the list is in use. No setting of this module asks for lifetimes.

import SocketSend

func ofArrays(_ head: [UInt8], _ body: ArraySlice<UInt8>, on socket: Socket, to address: SocketAddress) throws {
  var list = SpanList()
  list.append(head.span)
  list.append(body.span)
  list.append([13, 10].span)
  list.append(body.span.extracting(1...))
  try socket.send(list)  // expect: blocks
  _ = try socket.send(list, skipping: list.byteCount - 1)  // expect: blocks
  try socket.descriptor.send(list, to: address, flags: .doNotWait, timeout: .seconds(1))  // expect: blocks
}

func ofText(_ text: String, _ number: Int, on socket: Socket) throws {
  var list = SpanList()
  list.append(text.utf8.span)
  list.append("\(number)\r\n".utf8.span)
  try socket.send(list)  // expect: blocks
}

func ofMemory(_ memory: UnsafeRawBufferPointer, _ whole: RawSpan, on socket: Socket) throws {
  let inside: InlineArray<3, UInt8> = [1, 2, 3]
  var list = SpanList()
  list.append(unsafe memory.bytes)
  list.append(whole)
  list.append(inside.span)
  try socket.send(list)  // expect: blocks
}

struct Request {
  var head: [UInt8]
  var parts: [[UInt8]]
}

func ofProperties(_ request: Request, on socket: Socket) throws {
  var list = SpanList()
  list.append(request.head.span)
  let parts = request.parts.span
  for index in parts.indices { list.append(parts[index].span) }
  try socket.send(list)  // expect: blocks
}

func changedAfterTheLastSend(on socket: Socket) throws {
  var bytes: [UInt8] = [1, 2]
  var list = SpanList()
  list.append(bytes.span)
  try socket.send(list)  // expect: blocks
  bytes.append(3)
  list = SpanList()
  list.append(bytes.span)
  try socket.send(list)  // expect: blocks
}

func passedOn(_ list: borrowing SpanList, on socket: Socket) throws -> Int {
  try socket.send(list)  // expect: blocks
}
