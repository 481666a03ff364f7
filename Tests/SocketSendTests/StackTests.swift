// SPDX-License-Identifier: Apache-2.0
import CSendShim
import Glibc
import SocketSend
import Testing

/// Whether this process runs with a sanitizer, whose frames are larger.
private let hasSanitizer = dlsym(nil, "__asan_init") != nil || dlsym(nil, "__tsan_init") != nil

extension SocketTests {
  @Suite("The stack that a send uses") struct StackTests {
    @Test(
      "is the C core's and 4 KiB at most, for a list of any length",
      .disabled(if: hasSanitizer, "a sanitizer's frames are larger"),
      arguments: [1, 128, 129, 1025, 20_000])
    func depth(segments: Int) throws {
      let pair = try unixPair(.stream, sendBuffer: 1 << 20)
      let dive = Dive(socket: pair.sender, list: evenList(segments: segments, of: 20))
      let bytes = depthOfStack(of: dive)
      #expect(dive.sent == 20 * segments)
      #expect(bytes > 0 && bytes <= Int(SENDV_STACK_BYTES) + 4096)
    }
  }
}

/// A send, to be made on a stack that is looked at.
private final class Dive {
  let socket: Socket
  let list: [ArraySegment<UInt8>]
  var sent: Int?
  /// Where the stack ended when the send was called, from below.
  var surface: UInt = 0

  init(socket: Socket, list: [ArraySegment<UInt8>]) {
    self.socket = socket
    self.list = list
  }

  func make() {
    withUnsafeTemporaryAllocation(byteCount: 16, alignment: 16) { surface = UInt(bitPattern: $0.baseAddress!) }
    sent = try? socket.send(list)
  }
}

/// Makes the send on a painted stack of 256 KiB. Returns how far below the caller's frame the paint is gone.
private func depthOfStack(of dive: Dive) -> Int {
  let paint: UInt8 = 0xa5
  let stack = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
  defer { stack.deallocate() }
  stack.initializeMemory(as: UInt8.self, repeating: paint)
  var attributes = pthread_attr_t()
  var thread = pthread_t()
  precondition(pthread_attr_init(&attributes) == 0)
  precondition(pthread_attr_setstack(&attributes, stack.baseAddress!, stack.count) == 0)
  let created = pthread_create(
    &thread, &attributes,
    { argument in
      Unmanaged<Dive>.fromOpaque(argument!).takeUnretainedValue().make()
      return nil
    }, Unmanaged.passUnretained(dive).toOpaque())
  precondition(created == 0 && pthread_join(thread, nil) == 0)
  pthread_attr_destroy(&attributes)
  let untouched = stack.prefix { $0 == paint }.count
  precondition(untouched > 0, "The stack is used to its end")
  return Int(dive.surface - UInt(bitPattern: stack.baseAddress!)) - untouched
}
