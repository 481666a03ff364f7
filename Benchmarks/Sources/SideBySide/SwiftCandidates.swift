// SPDX-License-Identifier: Apache-2.0
import CSideBySide
import Foundation
import SocketSend

// The candidates written in Swift: this library, and what people write instead. Each starts from a list of segments.
//
// C functions capture nothing, so what they share stands at file scope. The harness prepares and sends from one thread.
nonisolated(unsafe) private var list: [ArraySegment<UInt8>] = []
nonisolated(unsafe) private var socket: Socket?

enum SwiftCandidates {
  static var all: [candidate] { [swift, append, joined] }

  /// This library.
  static var swift: candidate {
    var candidate = candidate()
    candidate.name = constantName("Swift")
    candidate.prepare = { descriptor, cell in
      makeList(of: cell!.pointee)
      // A descriptor of its own, which the object may close.
      socket = Socket(adopting: SocketDescriptor(rawValue: dup(descriptor)))
    }
    candidate.send = { _, cell, calls in
      let whole = cell!.pointee.segments * cell!.pointee.bytes
      let socket = socket!
      let buffers = list
      for _ in 0..<calls {
        guard let sent = try? socket.send(buffers), sent == whole else { fatalError("Swift: a send failed") }
      }
    }
    return candidate
  }

  /// Appends all segments to one array and sends that.
  private static var append: candidate {
    var candidate = candidate()
    candidate.name = constantName("append")
    candidate.prepare = { _, cell in makeList(of: cell!.pointee) }
    candidate.send = { descriptor, _, calls in
      for _ in 0..<calls {
        var whole: [UInt8] = []
        whole.reserveCapacity(list.reduce(0) { $0 + $1.count })
        for segment in list { whole += segment }
        whole.withUnsafeBytes { sendAll(descriptor, $0) }
      }
    }
    return candidate
  }

  /// The shortest thing to write.
  private static var joined: candidate {
    var candidate = candidate()
    candidate.name = constantName("Data(joined)")
    candidate.most_segments = 5000
    candidate.prepare = { _, cell in makeList(of: cell!.pointee) }
    candidate.send = { descriptor, _, calls in
      for _ in 0..<calls { Data(list.joined()).withUnsafeBytes { sendAll(descriptor, $0) } }
    }
    return candidate
  }
}

private func makeList(of cell: cell) {
  list = (0..<cell.segments).map { index in
    let vector = cell.list[index]
    return ArraySegment(UnsafeRawBufferPointer(start: vector.iov_base, count: vector.iov_len))
  }
}

private func sendAll(_ descriptor: CInt, _ bytes: UnsafeRawBufferPointer) {
  var sent = 0
  while sent < bytes.count {
    let taken = send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, CInt(MSG_NOSIGNAL))
    if taken >= 0 { sent += taken } else if errno != EINTR { fatalError("send: \(errno)") }
  }
}

/// A C string that lives as long as the program.
func constantName(_ name: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}
