// SPDX-License-Identifier: Apache-2.0
import SocketSend

@testable import socketsend

/// A server that takes one connection, reads it to its end, answers, and closes.
struct OneAnswerServer {
  let address: SocketAddress
  private let request: BlockingWork<[UInt8]>

  init(at address: SocketAddress, answer: String) throws {
    let listener = try Socket(address.family, .stream)
    try listener.bind(to: address)
    try listener.listen()
    self.address = try listener.localAddress
    request = BlockingWork {
      let connection = try listener.accept()
      var bytes: [UInt8] = []
      while case let part = try connection.receive(upTo: 65_536), !part.isEmpty { bytes += part }
      if !answer.isEmpty { _ = try connection.send([Array(answer.utf8)[...]]) }
      return bytes
    }
  }

  /// All that arrived.
  func received() throws -> [UInt8] { try request.value() }
}
