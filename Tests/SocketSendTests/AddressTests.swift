// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@Suite("Addresses") struct AddressTests {
  @Test("IPv4: family, port, description")
  func ipv4() throws {
    let address = try SocketAddress.ipv4("192.0.2.7", port: 8080)
    #expect(address.family == .ipv4 && address.port == 8080 && address.path == nil)
    #expect(address.description == "192.0.2.7:8080")
    #expect(try address == .ipv4("192.0.2.7", port: 8080))
    #expect(try address != .ipv4("192.0.2.7", port: 8081))
    #expect(try address != .ipv4("192.0.2.8", port: 8080))
  }

  @Test("IPv6: family, port, description")
  func ipv6() throws {
    let address = try SocketAddress.ipv6("2001:db8:0:0::1", port: 443)
    #expect(address.family == .ipv6 && address.port == 443 && address.path == nil)
    #expect(address.description == "[2001:db8::1]:443")
    #expect(try address == .ipv6("2001:DB8::1", port: 443))
    #expect(try SocketAddress.ipv6("::1", port: 65535).description == "[::1]:65535")
  }

  @Test("every port, the more significant byte first", arguments: [0, 1, 255, 256, 4660, 65535] as [UInt16])
  func ports(port: UInt16) throws {
    #expect(try SocketAddress.ipv4("127.0.0.1", port: port).port == port)
    #expect(try SocketAddress.ipv6("::1", port: port).port == port)
  }

  @Test(
    "what is no IPv4 address: hostNotFound",
    arguments: ["", "localhost", "1.2.3.4.5", "256.1.1.1", "::1", "1.2.3.4 "])
  func noIPv4(text: String) {
    #expect { try SocketAddress.ipv4(text, port: 1) } throws: { ($0 as? SocketError)?.code == .hostNotFound }
  }

  @Test("what is no IPv6 address: hostNotFound", arguments: ["", "localhost", "1::2::3", "[::1]", "g::1", "127.0.0.1"])
  func noIPv6(text: String) {
    #expect { try SocketAddress.ipv6(text, port: 1) } throws: { error in
      let code = (error as? SocketError)?.code
      return code == .hostNotFound || code == .addressFamilyNotSupported
    }
  }

  @Test("what stands before a NUL is not taken for the address: hostNotFound")
  func noNUL() {
    let missing = SocketError(code: .hostNotFound)
    #expect(throws: missing) { try SocketAddress.ipv4("1.2.3.4\0", port: 1) }
    #expect(throws: missing) { try SocketAddress.ipv4("\0", port: 1) }
    #expect(throws: missing) { try SocketAddress.ipv6("::1\0", port: 1) }
    #expect(throws: missing) { try SocketAddress.lookUp(host: "localhost\0.invalid", port: 1) }
  }

  @Test("this host's own addresses", arguments: [0, 1, 4660, 65535] as [UInt16])
  func constants(port: UInt16) throws {
    #expect(try SocketAddress.any(port: port) == .ipv4("0.0.0.0", port: port))
    #expect(try SocketAddress.loopback(port: port) == .ipv4("127.0.0.1", port: port))
    #expect(try SocketAddress.anyIPv6(port: port) == .ipv6("::", port: port))
    #expect(try SocketAddress.loopbackIPv6(port: port) == .ipv6("::1", port: port))
  }

  @Test("the system takes this host's own addresses, and answers with them")
  func bindsConstants() throws {
    let ipv6: [SocketAddress] = hasIPv6 ? [.anyIPv6(port: 0), .loopbackIPv6(port: 0)] : []
    for address in [.any(port: 0), .loopback(port: 0)] + ipv6 {
      let socket = try Socket(address.family, .stream)
      try socket.bind(to: address)
      #expect(try socket.localAddress.host == address.host && socket.localAddress.port != 0)
    }
  }

  @Test("the host is the address without its port")
  func hosts() throws {
    #expect(try SocketAddress.ipv4("192.0.2.7", port: 8080).host == "192.0.2.7")
    #expect(try SocketAddress.ipv6("2001:DB8:0::1", port: 8080).host == "2001:db8::1")
    #expect(try SocketAddress.ipv6("fe80::1%lo", port: 8080).host == "fe80::1%lo")
    #expect(try SocketAddress.unix(path: "/tmp/a socket").host == nil)
    #expect(try unixPair(.stream).sender.localAddress.host == nil)
  }

  @Test("an address is made from the text that it prints")
  func parses() throws {
    #expect(try SocketAddress("127.0.0.1:80") == .loopback(port: 80))
    #expect(try SocketAddress("[::1]:80") == .loopbackIPv6(port: 80))
    for text in ["0.0.0.0:0", "192.0.2.7:65535", "[::]:1", "[2001:db8::1]:443", "[fe80::1%lo]:443"] {
      #expect(try SocketAddress(text).description == text)
    }
  }

  @Test(
    "what is no address with a port: invalidArgument",
    arguments: [
      "", ":", ":80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+8", "127.0.0.1:-1", "127.0.0.1:8 ",
      "127.1:80", "localhost:80", "::1", "::1:80", "[::1]", "[::1]80", "[::1:80", "::1]:80",
      "[]:80", "[127.0.0.1]:80", "[:80", "]:80", "/tmp/socket",
      "[::1]:\u{0668}0", "127.0.0.1\0:80", "127.0.0.1:80\0",
    ])
  func noText(text: String) {
    #expect(throws: SocketError(code: .invalidArgument, errno: EINVAL)) { try SocketAddress(text) }
  }

  @Test("Unix path and abstract name")
  func unix() throws {
    let path = try SocketAddress.unix(path: "/tmp/a socket")
    #expect(path.family == .unix && path.port == nil && path.path == "/tmp/a socket")
    #expect(path.description == "/tmp/a socket")
    let name = try SocketAddress.unix(path: "\0name\0with a NUL")
    #expect(name.path == "\0name\0with a NUL" && name.description == "@name\0with a NUL")
    #expect(name != path)
  }

  @Test("the longest path is 107 bytes")
  func longest() throws {
    let longest = "/" + String(repeating: "p", count: 106)
    #expect(try SocketAddress.unix(path: longest).path == longest)
    #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: longest + "p") }
    #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: "/" + String(repeating: "é", count: 54)) }
  }

  @Test("the longest abstract name is 107 bytes behind its NUL")
  func longestName() throws {
    let longest = "\0" + String(repeating: "n", count: 107)
    #expect(try SocketAddress.unix(path: longest).path == longest)
    #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: longest + "n") }
    #expect(throws: SocketError(errno: EINVAL)) { try SocketAddress.unix(path: "\0" + String(repeating: "é", count: 54)) }
  }

  @Test("a path that is empty, or has a NUL inside: invalidArgument", arguments: ["", "/tmp/a\0b", "a\0"])
  func badPath(path: String) {
    #expect(throws: SocketError(code: .invalidArgument, errno: EINVAL)) { try SocketAddress.unix(path: path) }
  }

  @Test("a socket without a name")
  func unnamed() throws {
    let pair = try unixPair(.stream)
    let address = try pair.sender.localAddress
    #expect(address.family == .unix && address.path == nil && address.description == "unnamed")
  }

  @Test("families have the platform's numbers")
  func families() {
    #expect(SocketFamily.ipv4.rawValue == AF_INET)
    #expect(SocketFamily.ipv6.rawValue == AF_INET6)
    #expect(SocketFamily.unix.rawValue == AF_UNIX)
  }
}
