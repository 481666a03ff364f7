// SPDX-License-Identifier: Apache-2.0
import SocketSend
import SocketSendAsync
import Testing

// A list of string literals can be a list of strings and a list that mixes types. These tests do not compile unless the compiler can
// decide between both: for the blocking sends it needs that the send of a list that mixes types is disfavored.

private let names = ["one", "two"]
private let bytes: [[UInt8]] = [[0x21]]
private let text = "one\r\ntwo\r\n\r\n"

extension SocketTests {
  @Suite("Lists that are put together in the call") struct ListExpressionTests {
    @Test("a blocking send on a socket and on a descriptor")
    func blocking() throws {
      let pair = try unixPair(.stream)
      let (socket, descriptor) = (pair.sender, pair.sender.descriptor)
      func expectArrival(_ expected: String, _ send: () throws(SocketError) -> Int) throws {
        #expect(try send() == expected.utf8.count)
        #expect(try pair.receiver.receive(upTo: 99) == Array(expected.utf8))
      }
      try expectArrival(text) { () throws(SocketError) in try socket.send(names.map { "\($0)\r\n" } + ["\r\n"]) }
      try expectArrival(text) { () throws(SocketError) in try descriptor.send(names.map { "\($0)\r\n" } + ["\r\n"]) }
      try expectArrival("GET onetwo ") { () throws(SocketError) in try socket.send(["GET "] + names + [" "]) }
      try expectArrival("GET onetwo ") { () throws(SocketError) in try descriptor.send(["GET "] + names + [" "]) }
      try expectArrival("yes") { () throws(SocketError) in try socket.send(names.count == 2 ? ["yes"] : ["no"]) }
      try expectArrival("yes") { () throws(SocketError) in try descriptor.send(names.count == 2 ? ["yes"] : ["no"]) }
    }

    @Test("a list of strings and a list of bytes make one that mixes")
    func mixed() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send(names + bytes) == 7)
      #expect(try pair.sender.descriptor.send(["a"] + bytes) == 2)
      #expect(try pair.receiver.receive(upTo: 99) == Array("onetwo!a!".utf8))
    }

    @Test("a cursor")
    func cursor() throws {
      let pair = try unixPair(.stream)
      var strings = SendCursor(names.map { "\($0)\r\n" } + ["\r\n"])
      var mixing = SendCursor(["a"] + bytes)
      #expect(strings.offer(on: pair.sender).bytesSent == text.utf8.count)
      #expect(mixing.offer(on: pair.sender).bytesSent == 2)
      #expect(try pair.receiver.receive(upTo: 99) == Array("\(text)a!".utf8))
    }

    @Test("an async send on a socket and on a descriptor")
    func asynchronous() async throws {
      let pair = try unixPair(.stream)
      let (socket, descriptor) = (pair.sender, pair.sender.descriptor)
      #expect(try await socket.send(names.map { "\($0)\r\n" } + ["\r\n"]) == text.utf8.count)
      #expect(try await descriptor.send(["a"] + names + ["b"]) == 8)
      #expect(try await socket.send(names.count == 2 ? ["yes"] : ["no"]) == 3)
      #expect(try await socket.send(names + bytes) == 7)
      #expect(try await descriptor.send(["a"] + bytes) == 2)
      #expect(try await pair.receiver.receive(upTo: 99) == Array("\(text)aonetwobyesonetwo!a!".utf8))
    }
  }
}
