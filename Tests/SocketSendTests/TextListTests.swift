// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

extension SocketTests {
  /// A string holds up to 15 bytes in its own value, which moves. What these tests are for, AddressSanitizer finds.
  @Suite("Lists of text") struct TextListTests {
    /// Strings of each length on both sides of what a value holds inside, none of them a constant of the program.
    private static let strings: [String] =
      (0...40).map { String(decoding: countedBytes($0).map { $0 % 26 + 97 }, as: UTF8.self) }
      + (0...20).map { String(repeating: "é", count: $0) }
      + (0...12).map { "x" + String(repeating: "\u{1F680}", count: $0) }

    private static func bytes(_ strings: [some StringProtocol]) -> [UInt8] { strings.flatMap { Array($0.utf8) } }

    @Test("strings of 0 to 40 bytes and more, ASCII and not")
    func strings() throws {
      try expectArrival(of: Self.strings.map(\.utf8), as: Self.bytes(Self.strings))
      for string in Self.strings { try expectArrival(of: [string.utf8], as: Array(string.utf8)) }
    }

    @Test("parts of strings, short and long, of short and long ones")
    func substrings() throws {
      let parts = Self.strings.flatMap { [$0.dropFirst(), $0.dropLast(), $0.prefix(3), $0.suffix(16)] }
      try expectArrival(of: parts.map(\.utf8), as: Self.bytes(parts))
    }

    @Test("a thousand short ones: more copies than the first room for them holds", arguments: [64, 65, 1000])
    func manyCopies(count: Int) throws {
      let strings = (0..<count).map { String($0) + "," }
      try expectArrival(of: strings.map(\.utf8), as: Self.bytes(strings))
    }

    @Test("strings made for the call")
    func temporaries() throws {
      let pair = try unixPair(.stream)
      let short = (0..<100).map { String($0, radix: 2) }
      let long = (0..<100).map { String(repeating: "ab", count: $0) }
      let expected = Self.bytes(short + long)
      var sent = try pair.sender.send((0..<100).map { String($0, radix: 2).utf8 })
      sent += try pair.sender.send((0..<100).map { String(repeating: "ab", count: $0).utf8 })
      #expect(sent == expected.count)
      #expect(firstDifference(readAll(pair.receiver, Pace(most: sent)).bytes, expected) == nil)
    }

    @Test("constants of the program, with a pointer to the text and without")
    func staticStrings() throws {
      /// Only a type that is no string gets its literal so.
      struct Scalar: ExpressibleByUnicodeScalarLiteral {
        var text: StaticString
        init(unicodeScalarLiteral text: StaticString) { self.text = text }
      }
      let scalar = ("é" as Scalar).text
      #expect(!scalar.hasPointerRepresentation)
      let list: [StaticString] = ["", "a", "GET / HTTP/1.1\r\n\r\n", "äöü", scalar, "\u{1F680}"]
      try expectArrival(of: list, as: Array("aGET / HTTP/1.1\r\n\r\näöüé\u{1F680}".utf8))
    }
  }
}
