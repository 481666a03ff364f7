// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

let strict: [SwiftSetting] = [.strictMemorySafety(), .treatAllWarnings(as: .error)]
let library: [Target.Dependency] = [
  .product(name: "SocketSend", package: "SocketSend"), .product(name: "CSendShim", package: "SocketSend"),
]

// A package of its own, so that a user of the library resolves none of these dependencies.
let package = Package(
  name: "Benchmarks",
  dependencies: [
    .package(name: "SocketSend", path: ".."),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    // Without its traits: they fetch what counts allocations, which a test of its own does here.
    .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
  ],
  targets: [
    // One kind of send, a number of times: for counting instructions and allocations.
    .executableTarget(
      name: "OneSend",
      dependencies: library + [
        "CWaiting",
        .product(name: "SocketSendAsync", package: "SocketSend"),
        .product(name: "SocketSendFoundation", package: "SocketSend"),
      ],
      swiftSettings: strict + [.enableUpcomingFeature("MemberImportVisibility")]),
    // Python's candidates.
    .target(name: "CPythonSender", cSettings: [.treatAllWarnings(as: .error)]),
    // All candidates in turns.
    .target(
      name: "CSideBySide", dependencies: ["CPythonSender", .product(name: "CSendShim", package: "SocketSend")],
      cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "SideBySide",
      dependencies: library + [
        "CSideBySide",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    // Sends that wait: many at once, under back-pressure, for their turn.
    .target(name: "CWaiting", cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "Waiting",
      dependencies: library + [
        "CWaiting", .product(name: "SocketSendAsync", package: "SocketSend"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    // Regions of files.
    .target(
      name: "CFiles", dependencies: ["CPythonSender", .product(name: "CSendShim", package: "SocketSend")],
      cSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "Files",
      dependencies: library + [
        "CFiles", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: [.treatAllWarnings(as: .error)]),
    // What zero copy costs over the loopback interface.
    .executableTarget(name: "ZeroCopy", dependencies: library, swiftSettings: [.treatAllWarnings(as: .error)]),
    .executableTarget(
      name: "SendBenchmark",
      dependencies: library + [.product(name: "Benchmark", package: "benchmark")],
      path: "Benchmarks/SendBenchmark",
      swiftSettings: [.treatAllWarnings(as: .error)],
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
  ],
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c11
)
