// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let socketSend = Target.Dependency.product(name: "SocketSend", package: "SocketSend")
let socketSendAsync = Target.Dependency.product(name: "SocketSendAsync", package: "SocketSend")
let strict: [SwiftSetting] = [.treatAllWarnings(as: .error)]

// A package of its own, as a user's program is one.
let package = Package(
  name: "SocketSendExamples",
  dependencies: [.package(name: "SocketSend", path: "..")],
  targets: [
    .target(name: "Common", dependencies: [socketSend], swiftSettings: strict),
    // What a server of a page has, however it waits.
    .target(name: "ServedPage", dependencies: ["Common", socketSend], swiftSettings: strict),
    .executableTarget(
      name: "async-server", dependencies: ["Common", "ServedPage", socketSend, socketSendAsync], swiftSettings: strict),
    .executableTarget(name: "async-client", dependencies: ["Common", socketSend, socketSendAsync], swiftSettings: strict),
  ]
    + ["redis", "memcached", "nginx", "postgresql", "http-server"].map { name in
      .executableTarget(name: name, dependencies: ["Common", socketSend], swiftSettings: strict)
    },
  swiftLanguageModes: [.v6]
)
