// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend

/// Reads inputs to their ends, in segments.
struct InputReader {
  /// What is read goes in segments of this size, unless another one is asked for. A longer regular file goes as a region of it.
  static let segmentSize = 65_536
  /// What is read at once, where segments are shorter.
  private static let blockSize = 65_536

  /// A file that has fewer bytes than it had.
  struct Shrunk: Error, CustomStringConvertible {
    var input: Input
    var before: Int
    var now: Int

    var description: String {
      "\(input) became shorter while it was sent: it had \(before.counted("byte")), now it has \(now.grouped)"
    }
  }

  private let segmentSize: Int
  private let blockSize: Int
  private let makesRegions: Bool

  /// - Parameter segmentSize: The most bytes of a segment; nil for the default, with which long files go as regions.
  init(segmentSize asked: Int?, mayMakeRegions: Bool = true) {
    segmentSize = asked ?? Self.segmentSize
    makesRegions = asked == nil && mayMakeRegions
    blockSize = max(1, Self.blockSize / segmentSize) * segmentSize
  }

  /// Adds all bytes to `lists`, in segments of at most `segmentSize`, or as a region of a long file and what was added to the file since.
  /// What comes from a pipe or a terminal is sent as it comes.
  func read(_ checked: CheckedInput, into lists: inout ListCollector) throws {
    try checked.input.withDescriptor { descriptor in
      let status = try checked.input.status(of: descriptor)
      // It may take a while until a pipe's next byte comes.
      if !status.isRegular { try lists.flush() }
      let start = checked.input.offset()
      var count = 0
      if makesRegions, status.isRegular, Int(status.st_size) - start > Self.segmentSize {
        count = try sendRegion(of: checked, status, descriptor, from: start, by: &lists)
      }
      count += try readBytes(of: checked.input, descriptor, isRegular: status.isRegular, into: &lists)
      if status.isRegular { try check(checked, status, descriptor, readTo: start + count) }
      // An empty file is an empty segment.
      if count == 0 { try lists.add([]) }
    }
  }

  /// Sends the file from `start` to the end that it has now, after what was collected. Gives how many bytes there were.
  private func sendRegion(
    of checked: CheckedInput, _ opened: stat, _ descriptor: CInt, from start: Int, by lists: inout ListCollector
  ) throws -> Int {
    let region = try FileRegion(descriptor, offset: Int64(start))
    do {
      try lists.send(before: region)
    } catch {
      // The file ended before the region did.
      if (error as? SocketError)?.errno == ENODATA { try check(checked, opened, descriptor, readTo: start) }
      throw error
    }
    if lseek(descriptor, off_t(start + region.byteCount), SEEK_SET) < 0 { throw checked.input.unreadable() }
    return region.byteCount
  }

  /// Gives how many there were.
  private func readBytes(
    of input: Input, _ descriptor: CInt, isRegular: Bool, into lists: inout ListCollector
  ) throws -> Int {
    var count = 0
    while case let block = try nextBlock(of: input, descriptor), !block.isEmpty {
      for start in stride(from: 0, to: block.count, by: segmentSize) { try lists.add(block[start...].prefix(segmentSize)) }
      if !isRegular { try lists.flush() }
      count += block.count
    }
    return count
  }

  /// Throws where the file ended before the end that it had at first, or when it was opened. The size is asked again: for some
  /// files (those of sysfs) the system names one that was never true.
  private func check(_ checked: CheckedInput, _ opened: stat, _ descriptor: CInt, readTo end: Int) throws {
    let isSameFile = checked.identity == FileIdentity(opened)
    let before = max(Int(opened.st_size), isSameFile ? checked.end : 0)
    if end >= before { return }
    let now = Int(try checked.input.status(of: descriptor).st_size)
    if now < before { throw Shrunk(input: checked.input, before: before, now: now) }
  }

  /// Without bytes at the end.
  private func nextBlock(of input: Input, _ descriptor: CInt) throws(Input.Unreadable) -> [UInt8] {
    var failure: Input.Unreadable?
    let block = [UInt8](unsafeUninitializedCapacity: blockSize) { buffer, count in
      var result: Int
      repeat {
        result = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      } while result < 0 && Readiness.isWorthRepeating(POLLIN, on: descriptor)
      if result < 0 { failure = input.unreadable() }
      count = max(0, result)
    }
    if let failure { throw failure }
    // Else each of many small files would hold a whole block until its list is sent.
    return block.count < blockSize / 2 ? block.withUnsafeBytes { [UInt8]($0) } : block
  }
}
