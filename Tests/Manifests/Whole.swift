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

print(try await exchange(), sendv_stack_bytes() > 0)
