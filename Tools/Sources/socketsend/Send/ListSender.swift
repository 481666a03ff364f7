// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Sends lists over a run's connection: each at once, or in pieces where the rate has a limit or somebody watches.
final class ListSender {
  /// Small enough for a bar to move on a slow connection.
  private static let shownPieceSize = 65_536

  private let run: SendRun
  private let socket: Socket
  private let flags: SocketFlags
  private var pace: Pace?
  private let pieceSize: Int?

  init(run: SendRun, socket: Socket, flags: SocketFlags, bytesPerSecond: Int?, showsProgress: Bool) {
    self.run = run
    self.socket = socket
    self.flags = flags
    pace = bytesPerSecond.map(Pace.init)
    let limits = [pace?.pieceSize, showsProgress ? Self.shownPieceSize : nil]
    pieceSize = limits.compactMap(\.self).min()
  }

  func send(_ list: [ArraySegment<UInt8>]) throws {
    guard let pieceSize else { return try run.send(list, flags: flags, on: socket) }
    for piece in list.cut(intoMessagesOf: pieceSize) {
      pace?.wait(toSend: piece.byteCount)
      try run.send(piece, flags: flags, on: socket)
    }
  }

  /// Sends a list and a region of a file behind it.
  func send(_ list: [ArraySegment<UInt8>], _ region: FileRegion) throws {
    guard let pieceSize else { return try run.send(list as [any ByteSegment] + [region], flags: flags, on: socket) }
    if !list.isEmpty { try send(list) }
    for start in stride(from: 0, to: region.byteCount, by: pieceSize) {
      let piece = region[start..<min(start + pieceSize, region.byteCount)]
      pace?.wait(toSend: piece.byteCount)
      try run.send([piece], flags: flags, on: socket)
    }
  }
}
