// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own, so that a user of the library resolves none of these dependencies.
let package = Package(
  name: "SocketSendTools",
  products: [.executable(name: "socketsend", targets: ["socketsend"])],
  dependencies: [
    .package(name: "SocketSend", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .executableTarget(
      name: "socketsend",
      dependencies: [
        .product(name: "SocketSend", package: "SocketSend"),
        .product(name: "CSendShim", package: "SocketSend"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    .testTarget(
      name: "SocketSendToolTests", dependencies: ["socketsend"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ],
  swiftLanguageModes: [.v6]
)
