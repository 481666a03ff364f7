// SPDX-License-Identifier: Apache-2.0
import Testing

extension SocketTests {
  /// The first async operation of a process opens two descriptors for waiting. So each case is the first wait of a process of its
  /// own, the program FirstWait.
  @Suite("No free descriptor: a send that suspends works or throws tooManyOpenSockets, with the count", .serialized)
  struct DescriptorShortageTests {
    @Test("the first wait, for room", arguments: shortages)
    func room(free: Int) async throws { try await expectSuccess("room", free) }

    @Test("the first wait, for room: the time-out comes", arguments: shortages)
    func timeOut(free: Int) async throws { try await expectSuccess("timeout", free) }

    @Test("the first wait, for the turn: the time-out comes", arguments: shortages)
    func turn(free: Int) async throws { try await expectSuccess("turn", free) }

    @Test("a wait for the turn without a time-out takes no descriptor", arguments: [0, 1, 2])
    func turnWithoutTimeOut(free: Int) async throws { try await expectSuccess("turn-without-timeout", free) }

    @Test("sends that block take no descriptor for a wait for the turn", arguments: [0, 1, 2])
    func turnBlocking(free: Int) async throws { try await expectSuccess("turn-blocking", free) }

    @Test("the first wait, of a datagram: the time-out comes", arguments: shortages)
    func datagram(free: Int) async throws { try await expectSuccess("datagram", free) }

    @Test("once a send suspended or could have, the last descriptors may go", arguments: [0])
    func later(free: Int) async throws { try await expectSuccess("later", free) }
  }
}

extension SocketTests {
  @Suite("Look-ups in asynchronous code") struct LookUpTests {
    @Test(
      "do not block the threads of tasks, if the name server is silent",
      .enabled(if: NetworkNamespace.isAvailable, "needs root, and the command ip"))
    func silent() async throws {
      try await NetworkNamespace.with(1) { spaces in
        // A packet to a name server elsewhere ends at the other end of the pair, in the same namespace.
        try spaces[0].configure("link", "set", "lo", "up")
        try spaces[0].configure("link", "add", "one", "type", "veth", "peer", "name", "other")
        try spaces[0].configure("addr", "add", "192.0.2.1/24", "dev", "one")
        try spaces[0].configure("link", "set", "one", "up")
        try spaces[0].configure("link", "set", "other", "up")
        try spaces[0].configure("route", "add", "default", "dev", "one")
        try await expectSuccess("look-up", 0, in: spaces[0])
      }
    }
  }
}

/// How many descriptors are free: fewer than a wait needs, as many, and some more.
private let shortages = [0, 1, 2, 3, 4, 5, 8, 16, 31, 32, 33]

private func expectSuccess(_ name: String, _ free: Int, in space: NetworkNamespace? = nil) async throws {
  let status = try await OwnThread { Result { try runFirstWait(name, free, in: space) } }.value.get()
  #expect(status == 0, "wait status \(status): \(status & 0x7f != 0 ? "killed by signal \(status & 0x7f)" : "failed")")
}

/// Runs the program, which is built beside this one. Returns how it ended, as `waitpid` says it.
private func runFirstWait(_ name: String, _ descriptors: Int, in space: NetworkNamespace?) throws -> CInt {
  var path = [CChar](repeating: 0, count: Int(PATH_MAX))
  let length = readlink("/proc/self/exe", &path, path.count)
  let own = String(decoding: path.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  let program = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/FirstWait"
  let entering = space.map { ["ip", "netns", "exec", $0.name] } ?? []
  return try run(entering + [program, name, String(descriptors)])
}
