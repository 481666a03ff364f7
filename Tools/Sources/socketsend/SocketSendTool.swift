// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import CSendShim
import Foundation

@main
struct SocketSendTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "socketsend",
    abstract: "Sends files to a socket as one list of segments, and shows what the gathered send does.",
    discussion: """
      Without the name of a subcommand it sends:
        socketsend 127.0.0.1:8080 head.txt body.bin -
      """,
    version: "\(SENDV_VERSION_MAJOR).\(SENDV_VERSION_MINOR).\(SENDV_VERSION_PATCH)",
    subcommands: [Send.self, Demo.self, Receive.self],
    defaultSubcommand: Send.self)

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      // Who asked for JSON has to find it there for a wrong command line, too.
      if CommandLine.arguments.contains("--json"), exitCode(for: error) == .validationFailure {
        SendReport(usage: message(for: error)).print()
        Foundation.exit(Outcome.usage.exitCode)
      }
      exit(withError: error)
    }
  }
}
