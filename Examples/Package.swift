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
    // What async-server and event-loop-server have in common: all but the way they wait.
    .target(name: "ServedPage", dependencies: ["Common", socketSend], swiftSettings: strict),
    .systemLibrary(name: "CEpoll"),
    .executableTarget(
      name: "async-server", dependencies: ["Common", "ServedPage", socketSend, socketSendAsync], swiftSettings: strict),
    .executableTarget(name: "async-client", dependencies: ["Common", socketSend, socketSendAsync], swiftSettings: strict),
    .executableTarget(
      name: "event-loop-server", dependencies: ["CEpoll", "Common", "ServedPage", socketSend], swiftSettings: strict),
  ]
    + ["redis", "memcached", "nginx", "postgresql", "http-server"].map { name in
      .executableTarget(name: name, dependencies: ["Common", socketSend], swiftSettings: strict)
    },
  swiftLanguageModes: [.v6]
)
