// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

@main
struct SocketSendTool: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "socketsend",
    abstract: "Sends files to a socket as one list of segments, and shows what the gathered send does.",
    discussion: """
      Without the name of a subcommand it sends:
        socketsend 127.0.0.1:8080 head.txt body.bin -
      """,
    subcommands: [Send.self, Demo.self, Receive.self],
    defaultSubcommand: Send.self)
}
