// SPDX-License-Identifier: Apache-2.0
// A program that uses each product without a trait.

import CSendShim
import Foundation
import SocketSend
import SocketSendAsync
import SocketSendFoundation

func exchange() async throws -> String {
  let (client, server) = try Socket.pair()
  _ = try await client.send([Data("all ".utf8), Data("products".utf8)])
  return String(decoding: try await server.receive(upTo: 99), as: UTF8.self)
}

// SpanList says which memory it depends on, by a feature that is on in its module alone.
func sendsSpans(_ head: [UInt8], _ body: [UInt8]) throws -> Bool {
  let (client, server) = try Socket.pair()
  var list = SpanList()
  list.append(head.span)
  list.append(body.span)
  try client.send(list)
  return try server.receive(upTo: 99) == head + body
}

print(try await exchange(), try sendsSpans([1, 2], [3]) && sendv_stack_bytes() > 0)
