// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import socketsend

@Suite struct EndpointTests {
  @Test(arguments: [
    ("127.0.0.1:8080", Endpoint.host("127.0.0.1", port: 8080)),
    ("localhost:1", .host("localhost", port: 1)),
    ("[::1]:65535", .host("::1", port: 65535)),
    ("[fe80::1%eth0]:80", .host("fe80::1%eth0", port: 80)),
    ("/run/server.sock", .unix(path: "/run/server.sock")),
    ("./odd:80", .unix(path: "./odd:80")),
    ("@name", .unix(path: "\0name")),
    ("@name/with:80", .unix(path: "\0name/with:80")),
  ])
  func reads(text: String, endpoint: Endpoint) throws {
    #expect(try Endpoint(text) == endpoint)
    #expect(endpoint.description == text)
  }

  @Test(arguments: [
    "", "host", ":80", "[]:80", "host:", "host:0", "host:65536", "host:+1", "host:-1", "host:http", "host: 80", "::1:80",
    "[host]:80", "[::1:80", "::1]:80", "[::1]",
  ])
  func refuses(text: String) {
    #expect(throws: Endpoint.Malformed.self) { try Endpoint(text) }
  }
}
