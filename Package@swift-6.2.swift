// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// There are two manifests: compilers before 6.2 read Package.swift, which has the same products, targets and settings as far as they
// need no trait, and no tests. `make manifests` fails where what both have differs.

// In this repository's own checks, which set SOCKETSEND_STRICT=1, a warning is an error, and every unsafe expression has to be
// marked. In any other build a warning is no error: a package that depends on this one by path has to build with a compiler
// that warns of something new, too.
let isStrict = Context.environment["SOCKETSEND_STRICT"] == "1"
let warnings: [SwiftSetting] = isStrict ? [.treatAllWarnings(as: .error)] : []
let warningsInC: [CSetting] = isStrict ? [.treatAllWarnings(as: .error)] : []
let strict = warnings + (isStrict ? [.strictMemorySafety()] : [])

// Each trait has a target that uses one package: SocketSend and the trait's name. Without the trait it compiles to nothing,
// and the package is not fetched.
let traits: [(name: String, what: String, package: String, product: String, forTests: [String])] = [
  ("NIO", "SwiftNIO's ByteBuffer as a segment", "swift-nio", "NIOCore", []),
  ("SystemPackage", "swift-system's FileDescriptor and Errno", "swift-system", "SystemPackage", []),
  ("Logging", "sends logged by swift-log", "swift-log", "Logging", ["InMemoryLogging"]),
  ("Metrics", "sends counted by swift-metrics", "swift-metrics", "CoreMetrics", ["MetricsTestKit"]),
]

let package = Package(
  name: "SocketSend",
  // The first with atomics. The other systems have no versions here.
  platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
  products: (["SocketSend", "SocketSendAsync", "CSendShim", "SocketSendFoundation"] + traits.map { "SocketSend\($0.name)" })
    .map { .library(name: $0, targets: [$0]) },
  traits: Set(traits.map { .trait(name: $0.name, description: $0.what) }),
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
  ],
  targets: [
    .target(name: "CSendShim", cSettings: warningsInC),
    // Lifetimes: SpanList says by `@_lifetime` on which memory it depends. Modules that use it need no setting for that.
    .target(
      name: "SocketSend", dependencies: ["CSendShim", "CSocketEvents"],
      swiftSettings: strict + [.enableExperimentalFeature("Lifetimes")]),
    // The system calls that Swift's own C library modules lack.
    .target(name: "CSocketEvents", cSettings: warningsInC),
    // Its functions run where their caller does: the offers never wait, so no other executor is asked for them.
    .target(
      name: "SocketSendAsync", dependencies: ["SocketSend", "CSendShim", "CSocketEvents"],
      swiftSettings: strict + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]),
    // Its own target, as the module SocketSend uses no Foundation.
    .target(name: "SocketSendFoundation", dependencies: ["SocketSend"], swiftSettings: strict),
    // A process of its own, for a test of what the first wait of a process takes.
    .executableTarget(
      name: "FirstWait", dependencies: ["SocketSend", "SocketSendAsync"], path: "Tests/FirstWait",
      swiftSettings: warnings),
    .testTarget(
      name: "SocketSendTests", dependencies: ["SocketSend", "SocketSendAsync", "CSendShim", "FirstWait"],
      exclude: ["Stress/run"],
      // So that a test of the sends that block, which does not import SocketSendAsync, gets no other by mistake.
      swiftSettings: warnings + [.enableUpcomingFeature("MemberImportVisibility")]),
    .testTarget(
      name: "SocketSendFoundationTests", dependencies: ["SocketSendFoundation"],
      swiftSettings: warnings),
  ]
    + traits.flatMap { trait -> [Target] in
      let target = "SocketSend\(trait.name)"
      func products(_ names: [String]) -> [Target.Dependency] {
        names.map { .product(name: $0, package: trait.package, condition: .when(traits: [trait.name])) }
      }
      return [
        .target(name: target, dependencies: ["SocketSend"] + products([trait.product]), swiftSettings: strict),
        .testTarget(
          name: target + "Tests", dependencies: [.target(name: target)] + products([trait.product] + trait.forTests),
          swiftSettings: warnings),
      ]
    },
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
