// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// Collects segments into lists and sends each list in one call. Bounded, so that files of any size need little memory.
struct ListCollector {
  /// A segment takes 32 bytes in the list, however short it is.
  private static let mostSegments = 1 << 17

  private let capacity: Int
  private let send: ([ArraySegment<UInt8>]) throws -> Void
  private let sendWithRegion: ([ArraySegment<UInt8>], FileRegion) throws -> Void
  private var list: [ArraySegment<UInt8>] = []
  private var bytes = 0

  /// - Parameter capacity: The bytes of a list at which it is sent. A few times what a socket buffers: with less, the
  ///   socket runs empty while the next list is read.
  init(
    capacity: Int = 16 << 20, send: @escaping ([ArraySegment<UInt8>]) throws -> Void,
    sendWithRegion: @escaping ([ArraySegment<UInt8>], FileRegion) throws -> Void
  ) {
    self.capacity = capacity
    self.send = send
    self.sendWithRegion = sendWithRegion
  }

  mutating func add(_ segment: ArraySegment<UInt8>) throws {
    list.append(segment)
    bytes += segment.count
    if bytes >= capacity || list.count >= Self.mostSegments { try flush() }
  }

  /// Sends what was collected.
  mutating func flush() throws {
    if list.isEmpty { return }
    try send(take())
  }

  /// Sends what was collected and then a region of a file, which is not needed afterwards.
  mutating func send(before region: FileRegion) throws { try sendWithRegion(take(), region) }

  private mutating func take() -> [ArraySegment<UInt8>] {
    defer {
      list = []
      bytes = 0
    }
    return list
  }
}
