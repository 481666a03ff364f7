// SPDX-License-Identifier: Apache-2.0
import Glibc
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
