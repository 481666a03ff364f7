// SPDX-License-Identifier: Apache-2.0
import SocketSend

/// A network of its own beside this host's: made with `ip netns`, which takes root, and gone after the test.
struct NetworkNamespace: Sendable {
  let name: String

  /// Whether this process can make one.
  static let isAvailable: Bool = {
    let probe = NetworkNamespace(name: "socketsend-\(getpid())-probe")
    guard geteuid() == 0, ip("netns", "add", probe.name) else { return false }
    return ip("netns", "del", probe.name)
  }()

  /// Makes `count` namespaces, and removes them after `body`, whatever becomes of it. Their names are this process's own.
  static func with(_ count: Int, _ body: ([NetworkNamespace]) async throws -> Void) async throws {
    let serial = UInt32.random(in: 0 ... .max)
    let spaces = (0..<count).map { NetworkNamespace(name: "socketsend-\(getpid())-\(serial)-\($0)") }
    for space in spaces where !ip("netns", "add", space.name) { throw Failure(what: "ip netns add \(space.name)") }
    defer { for space in spaces { _ = ip("netns", "del", space.name) } }
    try await body(spaces)
  }

  struct Failure: Error { let what: String }

  /// Runs `ip` inside.
  func configure(_ words: String...) throws {
    guard Self.run(["ip", "-n", name] + words) else { throw Failure(what: words.joined(separator: " ")) }
  }

  /// Runs `body` on a thread that has entered the namespace: sockets it opens belong there for good.
  func inside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    let path = "/run/netns/\(name)"
    return try await OwnThread {
      Result {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        defer { close(file) }
        guard enterNetwork(of: file) else { throw Failure(what: "setns \(errno)") }
        return try body()
      }
    }.value.get()
  }

  private static func ip(_ words: String...) -> Bool { run(["ip"] + words) }

  private static func run(_ words: [String]) -> Bool { (try? SocketSendTests.run(words)) == 0 }
}

#if os(Linux)
  private let cloneNewNetwork: CInt = 0x4000_0000

  // The C library has it and its Swift module does not show it.
  @_silgen_name("setns")
  private func setns(_ file: CInt, _ kind: CInt) -> CInt

  private func enterNetwork(of file: CInt) -> Bool { setns(file, cloneNewNetwork) == 0 }
#else
  private func enterNetwork(of file: CInt) -> Bool { false }
#endif
