// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// Every unsafe expression is marked where it stands, and a warning does not pass.
let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]

let package = Package(
  name: "SocketSend",
  products: [
    .library(name: "SocketSend", targets: ["SocketSend"]),
    .library(name: "CSendShim", targets: ["CSendShim"]),
  ],
  targets: [
    .target(name: "CSendShim", cSettings: [.treatAllWarnings(as: .error)]),
    .target(name: "SocketSend", dependencies: ["CSendShim"], exclude: ["SocketLife.pml"], swiftSettings: strict),
    .testTarget(
      name: "SocketSendTests", dependencies: ["SocketSend", "CSendShim"], exclude: ["Stress/run"],
      swiftSettings: [.treatAllWarnings(as: .error)]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
