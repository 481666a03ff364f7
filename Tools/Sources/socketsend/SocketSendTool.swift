// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CSendShim
import Foundation

@main
struct SocketSendTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "socketsend",
    abstract: "Sends files to a socket as one list of segments, and shows what the gathered send does.",
    usage: """
      socketsend [<options>] <address> <files> ...
      socketsend <subcommand>
      """,
    discussion: """
      Without the name of a subcommand it sends:
        socketsend 127.0.0.1:8080 head.txt body.bin -
      """,
    version: "\(SENDV_VERSION_MAJOR).\(SENDV_VERSION_MINOR).\(SENDV_VERSION_PATCH)",
    subcommands: [Send.self, Demo.self, Receive.self],
    defaultSubcommand: Send.self)

  static func main() {
    StandardStreams.prepare()
    let line = SendLine(RawString.arguments)
    do {
      var command = try parseAsRoot(line.arguments)
      if var send = command as? Send {
        try line.complete(&send.options)
        command = send
      }
      try command.run()
    } catch {
      end(with: error, asJSON: line.asksForJSON)
    }
  }

  /// Help, the version and completion scripts are such errors, too: those of exit code 0.
  private static func end(with error: any Error, asJSON: Bool) -> Never {
    let code = exitCode(for: error)
    do throws(Output.Unwritable) {
      // Who asked for JSON has to find it there for a wrong command line, too.
      if asJSON, code == .validationFailure {
        try SendReport(usage: message(for: error)).print()
      } else {
        try tell(fullMessage(for: error), on: code == .success ? .standardOutput : .standardError)
      }
    } catch {
      try? Output.standardError.write("Error: \(error)\n")
      Foundation.exit(Outcome.outputFailed.exitCode)
    }
    Foundation.exit(code.rawValue)
  }

  private static func tell(_ message: String, on output: Output) throws(Output.Unwritable) {
    if message.isEmpty { return }
    try output.write(ShellCompletion.withDefaultCommand(ToolHelp.withDefaultCommand(message)) + "\n")
  }
}
