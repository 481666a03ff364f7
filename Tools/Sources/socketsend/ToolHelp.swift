// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// The tool as its help shows it: with the options of `send`, which work without its name, and the subcommands. Nothing is
/// parsed with it, since the files would take in the names of the subcommands.
struct ToolHelp: ParsableCommand {
  static let configuration = SocketSendTool.configuration

  @OptionGroup var options: SendOptions

  /// The message with this help where it has the tool's own, which knows nothing of `send` but its name.
  static func withDefaultCommand(_ message: String) -> String {
    message.replacingOccurrences(of: SocketSendTool.helpMessage(), with: helpMessage())
  }
}
