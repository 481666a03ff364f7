// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSend

@Suite("Layouts of addresses, of this system and of others") struct AddressLayoutTests {
  private static let linux = AddressLayout(hasLength: false, isBigEndian: false, unixSize: 110, hasAbstractNames: true)
  private static let bigEndian = AddressLayout(hasLength: false, isBigEndian: true, unixSize: 110, hasAbstractNames: true)
  private static let darwin = AddressLayout(hasLength: true, isBigEndian: false, unixSize: 106, hasAbstractNames: false)

  /// The first two bytes of an address, by layout. The families of this system and of others are less than 256.
  private static func starts(_ family: CInt, length: UInt8) -> [(layout: AddressLayout, start: [UInt8])] {
    let number = UInt8(family)
    return [(linux, [number, 0]), (bigEndian, [0, number]), (darwin, [length, number])]
  }

  @Test("an IPv4 address")
  func ipv4() {
    for (layout, start) in Self.starts(AF_INET, length: 16) {
      let address = layout.ipv4(0xC000_0207, port: 0x1F90)
      #expect(address == start + [0x1F, 0x90, 192, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 0])
      #expect(layout.family(of: address) == AF_INET)
      #expect(layout.port(of: address) == 8080)
      #expect(layout.path(of: address) == nil)
    }
  }

  @Test("an IPv6 address")
  func ipv6() {
    for (layout, start) in Self.starts(AF_INET6, length: 28) {
      let address = layout.ipv6(lastByte: 1, port: 0x01BB)
      let zeros = [UInt8](repeating: 0, count: 15)
      #expect(address == start + [1, 0xBB, 0, 0, 0, 0] + zeros + [1, 0, 0, 0, 0])
      #expect(layout.family(of: address) == AF_INET6)
      #expect(layout.port(of: address) == 443)
      #expect(layout.path(of: address) == nil)
    }
  }

  @Test("the path of a Unix socket")
  func unix() throws {
    for (layout, start) in Self.starts(AF_UNIX, length: 7) {
      let address = try #require(layout.unix(path: "/tmp"))
      #expect(address == start + [0x2F, 0x74, 0x6D, 0x70, 0])
      #expect(layout.family(of: address) == AF_UNIX)
      #expect(layout.path(of: address) == "/tmp")
      #expect(layout.port(of: address) == nil)
    }
  }

  @Test("the longest path")
  func longestPath() throws {
    for (layout, longest) in [(Self.linux, 107), (Self.bigEndian, 107), (Self.darwin, 103)] {
      let path = String(repeating: "p", count: longest)
      let address = try #require(layout.unix(path: path))
      #expect(address.count == layout.unixSize)
      #expect(layout.path(of: address) == path)
      #expect(layout.unix(path: path + "p") == nil)
    }
    #expect(Self.darwin.unix(path: String(repeating: "p", count: 103))?.first == 106)
  }

  @Test("an abstract name, where the system has these")
  func abstractName() {
    #expect(Self.linux.unix(path: "\0n") == [UInt8(AF_UNIX), 0, 0, 0x6E])
    #expect(Self.bigEndian.unix(path: "\0n") == [0, UInt8(AF_UNIX), 0, 0x6E])
    #expect(Self.linux.path(of: [UInt8(AF_UNIX), 0, 0, 0x6E]) == "\0n")
    #expect(Self.darwin.unix(path: "\0n") == nil)
  }

  @Test("paths that no system takes")
  func noPath() {
    for layout in [Self.linux, Self.bigEndian, Self.darwin] {
      #expect(layout.unix(path: "") == nil)
      #expect(layout.unix(path: "a\0b") == nil)
    }
  }

  @Test("a Unix socket without a name: no bytes on Linux, zeros on Darwin")
  func unnamed() {
    #expect(Self.linux.path(of: [UInt8(AF_UNIX), 0]) == nil)
    #expect(Self.darwin.path(of: [16, UInt8(AF_UNIX)] + [UInt8](repeating: 0, count: 14)) == nil)
    #expect(Self.darwin.empty(family: AF_UNSPEC) == [2, 0])
  }

  @Test("a family of two bytes")
  func wideFamily() {
    #expect(Self.linux.empty(family: 0x0102) == [2, 1])
    #expect(Self.bigEndian.empty(family: 0x0102) == [1, 2])
    #expect(Self.linux.family(of: [2, 1]) == 0x0102)
    #expect(Self.bigEndian.family(of: [1, 2]) == 0x0102)
  }

  @Test("this system's layout is that of its addresses")
  func system() throws {
    for (text, family) in [("127.0.0.1", AF_INET), ("::1", AF_INET6)] {
      var hints = addrinfo()
      hints.ai_flags = AI_NUMERICHOST
      hints.ai_family = family
      var list: UnsafeMutablePointer<addrinfo>?
      #expect(getaddrinfo(text, "258", &hints, &list) == 0)
      defer { freeaddrinfo(list) }
      let entry = try #require(list).pointee
      let bytes = Array(UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen)))
      let system = AddressLayout.system
      #expect(bytes == (family == AF_INET ? system.ipv4(0x7F00_0001, port: 258) : system.ipv6(lastByte: 1, port: 258)))
      #expect(system.family(of: bytes) == family)
      #expect(system.port(of: bytes) == 258)
    }
    let path = MemoryLayout.offset(of: \sockaddr_un.sun_path)
    #expect(path == AddressLayout.startSize)
  }
}
