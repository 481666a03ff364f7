// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// A command line with the files of a send taken out of what the argument parser gets. The parser's time grows with the square
/// of the number of arguments (16,000 files: 6.9 s), and it replaces what is not UTF-8 in their names.
struct SendLine {
  /// What the parser gets: all arguments but the files after the first, which stands for them in its errors.
  private(set) var arguments: [String] = []
  private(set) var address: RawString?
  private(set) var files: [RawString] = []
  private(set) var answer: RawString?

  /// The options whose value is the next argument. That they are all of `SendOptions` is tested.
  static let optionsWithValue: Set = ["--timeout", "--flags", "--segment-size", "--repeat", "--rate", answerOption]
  private static let answerOption = "--answer"
  private static let endOfOptions = "--"

  init(_ line: [RawString]) {
    var rest = line[...]
    if let command = rest.first?.description, Self.commands.contains(command) {
      arguments.append(command)
      rest = rest.dropFirst()
    }
    if let command = arguments.first, command != Send._commandName {
      arguments += rest.map(\.description)
    } else {
      takeSend(rest)
    }
  }

  /// The parser takes a name for one of a command where it is the first argument, and there alone.
  private static let commands = SocketSendTool.configuration.subcommands.map { $0._commandName } + ["help"]

  private mutating func takeSend(_ line: ArraySlice<RawString>) {
    var rest = line
    while let argument = rest.popFirst() {
      let text = argument.description
      guard Self.isOption(text) else {
        takeOperand(argument)
        continue
      }
      arguments.append(text)
      if text == Self.endOfOptions {
        rest.forEach { takeOperand($0) }
        return
      }
      takeValue(of: text, argument, from: &rest)
    }
  }

  /// As the parser has it: a single dash is a value, and so is what begins with a dash that bears an accent.
  private static func isOption(_ text: String) -> Bool { text.first == "-" && text != "-" }

  private mutating func takeOperand(_ operand: RawString) {
    if address == nil {
      address = operand
    } else {
      files.append(operand)
      if files.count > 1 { return }
    }
    arguments.append(operand.description)
  }

  /// What follows `--answer=` is a value; nothing, as the parser has it, is none.
  private mutating func takeValue(of text: String, _ argument: RawString, from rest: inout ArraySlice<RawString>) {
    let option = text.hasSuffix("=") ? String(text.dropLast()) : text
    if Self.optionsWithValue.contains(option), let value = rest.first, !Self.isOption(value.description) {
      arguments.append(value.description)
      if option == Self.answerOption { answer = value }
      rest = rest.dropFirst()
    } else if text.hasPrefix(Self.answerOption + "=") {
      answer = RawString(argument.bytes.dropFirst(Self.answerOption.utf8.count + 1))
    }
  }
}

extension SendLine {
  /// Whether the result is wanted as JSON, also where the line is wrong otherwise.
  var asksForJSON: Bool { arguments.prefix { $0 != Self.endOfOptions }.contains("--json") }

  /// Gives the options that the parser made of `arguments` what it did not see.
  func complete(_ options: inout SendOptions) throws {
    if let address, !address.isText {
      throw ValidationError("The address \(address) is not UTF-8; files may have such names, but no socket.")
    }
    options.files = files.map { Input($0) }
    options.answer = answer
    try options.validateFiles()
  }
}
