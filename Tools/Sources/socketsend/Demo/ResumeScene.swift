// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// A non-blocking send, resumed where it stopped until all went.
enum ResumeScene {
  static func play() throws -> SceneReport {
    let connection = try DemoConnection(over: .tcp)
    try connection.socket.setBlocking(false)
    var rest = Scene.list
    var shortSends = 0
    var refusals = 0
    while !rest.isEmpty {
      let bytes = try bytesTakenNow(of: rest, by: connection.socket)
      rest = rest.dropFirst(bytes: bytes)
      if bytes == 0 {
        refusals += 1
        _ = try connection.socket.poll(for: .room)
      } else if !rest.isEmpty {
        shortSends += 1
      }
    }
    let sent = try ByteDigest(of: [Scene.list])
    let received = try connection.finish()
    return SceneReport(
      title: "non-blocking, resumed",
      lines: [
        "\(shortSends.counted("send")) took a part and \(refusals.grouped) found no room; resumed with dropFirst(bytes:)",
        "until all \(sent.bytes.counted("byte")) had arrived: \(sent.shortHash), \(received.shortHash), "
          + (sent == received ? "equal." : "DIFFERENT."),
      ],
      isRight: sent == received && shortSends > 0)
  }

  private static func bytesTakenNow(
    of list: [ArraySegment<UInt8>], by socket: Socket
  ) throws(SocketError) -> Int {
    do {
      return try socket.send(list)
    } catch {
      if error.code == .wouldBlock { return 0 }
      throw error
    }
  }
}
