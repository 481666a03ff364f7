// SPDX-License-Identifier: Apache-2.0
// What an example in a `///` comment may use without declaring it. One line a name.

nonisolated var socket: Socket { fatalError("never runs") }
nonisolated var header: [UInt8] { [] }
nonisolated var body: [UInt8] { [] }
nonisolated var logger: Logger { Logger(label: "server") }
