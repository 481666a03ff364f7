// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import SocketSendFoundation
import Testing

@Suite("Errors for Foundation") struct ErrorTests {
  @Test("localizedDescription is the description", arguments: [0, 7])
  func describes(bytesSent: Int) {
    let error = SocketError(errno: ETIMEDOUT, bytesSent: bytesSent)
    #expect(error.localizedDescription == error.description)
    #expect((error as any Error).localizedDescription == "\(error)")
    #expect(error.localizedDescription.hasPrefix("timed out (10060, errno \(ETIMEDOUT): "))
  }
}
