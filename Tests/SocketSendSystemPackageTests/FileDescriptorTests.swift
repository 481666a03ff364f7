// SPDX-License-Identifier: Apache-2.0

#if SystemPackage
  import SocketSend
  import SocketSendSystemPackage
  import SystemPackage
  import Testing

  @Suite("swift-system's types") struct FileDescriptorTests {
    @Test("a descriptor there and back is the same one")
    func descriptors() throws {
      let (one, other) = try Socket.pair()
      let descriptor = FileDescriptor(one.descriptor)
      #expect(descriptor.rawValue == one.descriptor.rawValue && SocketDescriptor(descriptor) == one.descriptor)
      #expect(try SocketDescriptor(descriptor).send([[1, 2], [3]]) == 3)
      #expect(try other.receive(upTo: 9) == [1, 2, 3])
      #expect(try descriptor.writeAll([4, 5]) == 2)
      #expect(try other.receive(upTo: 9) == [4, 5])
    }

    @Test("an error's number is an Errno")
    func errors() throws {
      #expect(Errno(SocketError(errno: 32)) == .brokenPipe)
      #expect(Errno(SocketError(code: .hostNotFound)) == nil)
      #expect(SocketError(.timedOut, bytesSent: 3) == SocketError(code: .timedOut, errno: 110, bytesSent: 3))
      let (sender, receiver) = try Socket.pair()
      receiver.close()
      let thrown = #expect(throws: SocketError.self) { try sender.send([[1]]) }
      #expect(try Errno(#require(thrown)) == .brokenPipe)
    }
  }
#endif
