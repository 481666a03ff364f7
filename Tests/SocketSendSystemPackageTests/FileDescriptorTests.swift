// SPDX-License-Identifier: Apache-2.0

#if SystemPackage
  import SocketSend
  import SocketSendSystemPackage
  import SystemPackage
  import Testing

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #elseif canImport(Android)
    import Android
  #elseif canImport(FreeBSD)
    import FreeBSD
  #endif

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

    @Test("a region of a descriptor's file goes out between segments")
    func regions() throws {
      let path = FilePath("/tmp/SocketSendSystemPackageTests.\(UInt64.random(in: 0...UInt64.max))")
      let file = try FileDescriptor.open(
        path, .readWrite, options: [.create, .exclusiveCreate], permissions: .ownerReadWrite)
      defer { try? file.close() }
      unlink(path.string)
      try file.writeAll([1, 2, 3, 4, 5])
      let (sender, receiver) = try Socket.pair()
      let list: [any ByteSegment] = [[9] as [UInt8], try FileRegion(file), try FileRegion(file, offset: 1, length: 2)]
      #expect(try sender.send(list) == 8)
      #expect(try receiver.receive(upTo: 99) == [9, 1, 2, 3, 4, 5, 2, 3])
    }

    @Test("a region of a socket is refused")
    func notAFile() throws {
      let (one, _) = try Socket.pair()
      let thrown = #expect(throws: SocketError.self) { try FileRegion(FileDescriptor(one.descriptor)) }
      #expect(try Errno(#require(thrown)) == .illegalSeek)
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
