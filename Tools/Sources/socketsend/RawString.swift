// SPDX-License-Identifier: Apache-2.0
import Foundation

/// A string as the system has it, as a file's name or an argument: any bytes but NUL. It need not be UTF-8.
struct RawString: Hashable, Sendable, CustomStringConvertible {
  /// With the NUL at its end, for system calls.
  let cString: [CChar]

  init(_ text: String) { self.init(text.utf8) }

  init(_ bytes: some Sequence<UInt8>) { cString = bytes.map(CChar.init(bitPattern:)) + [0] }

  private init(copying pointer: UnsafePointer<CChar>) {
    cString = Array(UnsafeBufferPointer(start: pointer, count: strlen(pointer) + 1))
  }

  /// Without the NUL.
  var bytes: [UInt8] { cString.dropLast().map(UInt8.init(bitPattern:)) }

  /// For people: what is not UTF-8 is replaced.
  var description: String { String(decoding: bytes, as: UTF8.self) }

  /// Whether it is UTF-8.
  var isText: Bool { description.utf8.elementsEqual(bytes) }

  /// The arguments of this process, without the program's name.
  static var arguments: [RawString] {
    UnsafeBufferPointer(start: CommandLine.unsafeArgv, count: Int(CommandLine.argc)).dropFirst().compactMap { argument in
      argument.map { RawString(copying: $0) }
    }
  }
}
