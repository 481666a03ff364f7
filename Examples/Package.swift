// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, as a user's program is one.
let package = Package(
  name: "SocketSendExamples",
  dependencies: [.package(name: "SocketSend", path: "..")],
  targets: [
    .target(
      name: "Common", dependencies: [.product(name: "SocketSend", package: "SocketSend")],
      swiftSettings: [.treatAllWarnings(as: .error)])
  ]
    + ["redis", "memcached", "nginx", "postgresql", "http-server"].map { name in
      .executableTarget(
        name: name, dependencies: ["Common", .product(name: "SocketSend", package: "SocketSend")],
        swiftSettings: [.treatAllWarnings(as: .error)])
    }
    + ["async-server", "async-client"].map { name in
      .executableTarget(
        name: name,
        dependencies: [
          "Common", .product(name: "SocketSend", package: "SocketSend"),
          .product(name: "SocketSendAsync", package: "SocketSend"),
        ],
        swiftSettings: [.treatAllWarnings(as: .error)])
    },
  swiftLanguageModes: [.v6]
)
