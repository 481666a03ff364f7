// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// There are two manifests. Compilers before 6.2 read this one, newer ones read Package@swift-6.2.swift, which has the traits, the
// tests and the strict settings too: a manifest of version 6.0 cannot express them. Without this one, a package that needs
// SocketSend for Linux only would not resolve with an older compiler on any platform. `make manifests` fails where what both have
// differs.
#if compiler(>=6.2)
  let sources: [String]? = nil
#else
  // The C core is compiled by any compiler. The Swift sources are not: instead of them, a file that says so is compiled.
  let sources: [String]? = ["System/Compiler.swift"]
#endif

let package = Package(
  name: "SocketSend",
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
  products: ["SocketSend", "SocketSendAsync", "CSendShim", "SocketSendFoundation"]
    .map { .library(name: $0, targets: [$0]) },
  targets: [
    .target(name: "CSendShim"),
    // Lifetimes: SpanList says by `@_lifetime` on which memory it depends. Modules that use it need no setting for that.
    .target(
      name: "SocketSend", dependencies: ["CSendShim"], sources: sources,
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    .target(name: "CSocketEvents"),
    .target(
      name: "SocketSendAsync", dependencies: ["SocketSend", "CSendShim", "CSocketEvents"],
      swiftSettings: [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
    .target(name: "SocketSendFoundation", dependencies: ["SocketSend"]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
