// SPDX-License-Identifier: Apache-2.0
import CSendShim
import SocketSend
import Testing

/// Whether this process runs with a sanitizer, whose frames are larger, and which has a thread of its own.
let hasSanitizer = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

extension SocketTests {
  @Suite("The stack that a send uses") struct StackTests {
    @Test(
      "is the C core's and 4 KiB at most, for a list of any length",
      .disabled(if: hasSanitizer, "a sanitizer's frames are larger"),
      arguments: [1, 128, 129, 1025, 20_000])
    func depth(segments: Int) throws {
      let list = evenList(segments: segments, of: 20)
      try expectDepth(of: 20 * segments) { try $0.send(list) }
    }

    @Test(
      "of a list of another type, and of one that mixes types, too",
      .disabled(if: hasSanitizer, "a sanitizer's frames are larger"),
      arguments: [1, 64, 65, 1025])
    func depthOfOtherLists(segments: Int) throws {
      let arrays = [[UInt8]](repeating: [1, 2, 3], count: segments)
      try expectDepth(of: 3 * segments) { try $0.send(arrays) }
      let mixed = (0..<segments).map { $0 % 2 == 0 ? [1, 2, 3] as [UInt8] : "abc".utf8 as any ByteSegment }
      try expectDepth(of: 3 * segments) { try $0.send(mixed) }
    }
  }
}

private func expectDepth(of whole: Int, _ send: @escaping (Socket) throws -> Int) throws {
  let pair = try unixPair(.stream, sendBuffer: 1 << 20)
  let dive = Dive(socket: pair.sender, send: send)
  let bytes = depthOfStack(of: dive)
  #expect(dive.sent == whole)
  #expect(bytes > 0 && bytes <= sendv_stack_bytes() + 4096)
}

/// A send, to be made on a stack that is looked at.
private final class Dive {
  let socket: Socket
  let send: (Socket) throws -> Int
  var sent: Int?
  /// Where the stack ended when the send was called, from below.
  var surface: UInt = 0

  init(socket: Socket, send: @escaping (Socket) throws -> Int) {
    self.socket = socket
    self.send = send
  }

  func make() {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { surface = UInt(bitPattern: $0.baseAddress!) }
    sent = try? send(socket)
  }
}

/// Makes the send on a painted stack of 256 KiB. Returns how far below the caller's frame the paint is gone.
private func depthOfStack(of dive: Dive) -> Int {
  let paint: UInt8 = 0xa5
  let stack = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
  defer { stack.deallocate() }
  stack.initializeMemory(as: UInt8.self, repeating: paint)
  let attributes = UnsafeMutablePointer<Platform.ThreadAttributes>.allocate(capacity: 1)
  defer { attributes.deallocate() }
  precondition(pthread_attr_init(attributes) == 0)
  precondition(pthread_attr_setstack(attributes, stack.baseAddress!, stack.count) == 0)
  // Invariant: the thread that uses it ends before this one goes on.
  nonisolated(unsafe) let dive = dive
  precondition(pthread_join(startThread(attributes) { dive.make() }, nil) == 0)
  pthread_attr_destroy(attributes)
  let untouched = stack.prefix { $0 == paint }.count
  precondition(untouched > 0, "The stack is used to its end")
  return Int(dive.surface - UInt(bitPattern: stack.baseAddress!)) - untouched
}
