// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// A time-out with its byte count: the peer does not read.
enum TimeoutScene {
  private static let timeout = Duration.milliseconds(300)
  /// Late by what a busy machine may take, never early.
  private static let bounds = timeout..<Duration.seconds(2)

  static func play() throws -> SceneReport {
    let scene = try Scene()
    scene.sender.sendTimeout = timeout
    let list = Scene.list  // made at its first use, which is not part of the send
    let start = ContinuousClock.now
    let error = failure { () throws(SocketError) in try scene.sender.send(list) }
    let duration = start.duration(to: .now)
    try scene.sender.shutdown(.send)
    let bytesRead = try countBytes(from: scene.peer)
    return SceneReport(
      title: "time-out",
      lines: [
        "The peer reads nothing, the time-out is \(timeout.readable): \(error?.code.description ?? "no error") after "
          + "\(duration.readable),",
        "\((error?.bytesSent ?? 0).grouped) of \(list.byteCount.counted("byte")) sent; "
          + "the peer then reads \(bytesRead.grouped).",
      ],
      isRight: error?.code == .timedOut && error?.bytesSent == bytesRead && bounds.contains(duration))
  }

  private static func failure(_ body: () throws(SocketError) -> Int) -> SocketError? {
    do throws(SocketError) {
      _ = try body()
      return nil
    } catch {
      return error
    }
  }

  private static func countBytes(from peer: Socket) throws -> Int {
    var count = 0
    while case let bytes = try peer.receive(upTo: 256 << 10), !bytes.isEmpty { count += bytes.count }
    return count
  }
}
