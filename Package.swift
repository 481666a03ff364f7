// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// There are two manifests. Compilers before 6.2 read this one, newer ones read Package@swift-6.2.swift. That one has the tests too,
// and the traits and the strict settings, which a manifest of version 6.0 cannot express. Without this one, a package that needs
// SocketSend for Linux only would not resolve with an older compiler on any platform. `make manifests` compares what both have, and
// also reads this one with a newer compiler: hence the first branch.
#if compiler(>=6.2)
  let sources: [String]? = nil
#else
  // Any compiler compiles the C core. In place of the Swift sources, an older one gets a file that says which compiler they need.
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
      name: "SocketSend", dependencies: ["CSendShim", "CSocketEvents"], sources: sources,
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
