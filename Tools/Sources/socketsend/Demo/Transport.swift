// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import SocketSend

/// What the demo's bytes travel over.
enum Transport: String, CaseIterable, Sendable, ExpressibleByArgument {
  case tcp
  case unix
  case udp

  var title: String {
    switch self {
    case .tcp: "TCP"
    case .unix: "Unix stream"
    case .udp: "UDP"
    }
  }

  /// The most bytes in one list: below the 65507 of a datagram. A stream has no such limit.
  var largestMessage: Int? { self == .udp ? 59_999 : nil }
}
