// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// What a short scene showed.
struct SceneReport {
  var title: String
  /// A line or two.
  var lines: [String]
  /// Whether everything came out as promised.
  var isRight: Bool

  var text: String {
    let margin = String(repeating: " ", count: 22)
    let heading = title.padding(toLength: margin.count, withPad: " ", startingAt: 0)
    return heading + lines.joined(separator: "\n" + margin) + (isRight ? "" : "\n" + margin + "NOT AS PROMISED")
  }
}

/// Two ends of a TCP connection in this process, and more than it can buffer.
struct Scene {
  let sender: Socket
  let peer: Socket

  /// Eight segments of 8 MiB: Linux lets a TCP connection buffer about 10 MiB on both sides together.
  static let list: [ArraySegment<UInt8>] = (0..<8).map { [UInt8](repeating: UInt8($0), count: 8 << 20)[...] }

  init() throws {
    let listener = try Socket(.ipv4, .stream)
    try listener.bind(to: .ipv4("127.0.0.1", port: 0))
    try listener.listen()
    sender = try Socket(.ipv4, .stream)
    try sender.connect(to: listener.localAddress)
    peer = try listener.accept()
  }
}
