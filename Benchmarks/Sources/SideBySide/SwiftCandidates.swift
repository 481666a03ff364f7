// SPDX-License-Identifier: Apache-2.0
import CSideBySide
import Foundation
import SocketSend

// The candidates written in Swift: this library, and what people write instead. Each starts from the cell's list of segments.
nonisolated(unsafe) private var socket: Socket?

enum SwiftCandidates {
  static var all: [candidate] { [swift, append, joined] }

  /// This library.
  static var swift: candidate {
    var candidate = candidate()
    candidate.name = constantName("Swift")
    candidate.prepare = { descriptor, _ in
      // A descriptor of its own, which the object may close.
      socket = Socket(adopting: SocketDescriptor(rawValue: dup(descriptor)))
    }
    candidate.send = { _, cell, calls in
      let whole = cell!.pointee.segments * cell!.pointee.bytes
      let socket = socket!
      let buffers = segments
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
    candidate.send = { descriptor, _, calls in
      for _ in 0..<calls {
        var whole: [UInt8] = []
        whole.reserveCapacity(segments.reduce(0) { $0 + $1.count })
        for segment in segments { whole += segment }
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
    candidate.send = { descriptor, _, calls in
      for _ in 0..<calls { Data(segments.joined()).withUnsafeBytes { sendAll(descriptor, $0) } }
    }
    return candidate
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
