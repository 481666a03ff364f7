// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// A close while another thread's send is blocked.
enum CloseScene {
  private static let longestReturn = Duration.seconds(1)

  private struct Ending {
    var error: SocketError?
    var time: ContinuousClock.Instant
  }

  static func play() throws -> SceneReport {
    let scene = try Scene()
    let send = BlockingWork { blockedSend(on: scene.sender) }
    // Without room all this time, while bytes are left to send: the send waits.
    while try scene.sender.poll(for: .room, timeout: .milliseconds(50)) {}
    let start = ContinuousClock.now
    scene.sender.close()
    let ending = try send.value()
    let duration = start.duration(to: ending.time)
    let peerCode = endOfStream(at: scene.peer)
    return SceneReport(
      title: "close during a send",
      lines: [
        "Another thread closes: the blocked send returns \(duration.readable) later with "
          + "\(ending.error?.code.description ?? "no error"),",
        "\((ending.error?.bytesSent ?? 0).grouped) of \(Scene.list.byteCount.counted("byte")) sent; "
          + "the peer sees \(peerCode?.description ?? "a clean end").",
      ],
      isRight: ending.error?.code == .connectionAborted && duration < longestReturn && peerCode == .connectionReset)
  }

  private static func blockedSend(on socket: Socket) -> Ending {
    do throws(SocketError) {
      _ = try socket.send(Scene.list)
      return Ending(error: nil, time: .now)
    } catch {
      return Ending(error: error, time: .now)
    }
  }

  /// Reads all there is; nil where it ends in order.
  private static func endOfStream(at peer: Socket) -> SocketError.Code? {
    do throws(SocketError) {
      while case let bytes = try peer.receive(upTo: 256 << 10), !bytes.isEmpty {}
      return nil
    } catch {
      return error.code
    }
  }
}
