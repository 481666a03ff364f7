// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// The bits that a send accepts: .NET's five, and what only the platform has.
private let accepted: SocketFlags = [
  .outOfBand, .peek, .dontRoute, .truncated, .controlDataTruncated, .more, .endOfRecord, .doNotWait, .confirm,
]

private let eachBit: [SocketFlags] = (0..<32).map { SocketFlags(rawValue: Int32(truncatingIfNeeded: 1 << $0)) }

extension SocketTests {
  @Suite("Flags") struct FlagsTests {
    @Test("raw values are .NET's numbers")
    func numbers() {
      #expect(SocketFlags.outOfBand.rawValue == 0x1)
      #expect(SocketFlags.peek.rawValue == 0x2)
      #expect(SocketFlags.dontRoute.rawValue == 0x4)
      #expect(SocketFlags.truncated.rawValue == 0x100)
      #expect(SocketFlags.controlDataTruncated.rawValue == 0x200)
      #expect(SocketFlags.broadcast.rawValue == 0x400)
      #expect(SocketFlags.multicast.rawValue == 0x800)
      #expect(SocketFlags.partial.rawValue == 0x8000)
    }

    @Test("what only the platform has stands above bit 16, each a bit of its own")
    func platformNumbers() {
      let own: [SocketFlags] = [.more, .endOfRecord, .doNotWait, .confirm]
      for flag in own { #expect(flag.rawValue >= 1 << 16 && flag.rawValue.nonzeroBitCount == 1) }
      #expect(Set(own).count == 4)
    }

    @Test("flags default to 0")
    func defaultsToNone() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send([[1, 2]]) == 2)
      #expect(try pair.sender.send([[3]], flags: .none) == 1)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2, 3])
      #expect(SocketFlags.none == [] && SocketFlags.none.rawValue == 0)
    }

    @Test("flags it accepts: 1, 2, 4, 0x100, 0x200 and the platform's own", arguments: eachBit.filter(accepted.contains))
    func accepts(flag: SocketFlags) async throws {
      let pair = try tcpPair()
      let traces = try SendTraces.of(pair.sender) {
        #expect(errorOfSending([[1], [2]], on: pair.sender, flags: flag) == nil)
      }
      #expect(traces.map(\.systemCalls) == [flag == .outOfBand ? 2 : 1])
      pair.sender.close()
      let urgent = flag == .outOfBand ? 1 : 0
      #expect(readAll(pair.receiver).bytes == Array([1, 2].dropLast(urgent)))
    }

    @Test("any other bit → OperationNotSupported, no system call", arguments: eachBit.filter { !accepted.contains($0) })
    func refuses(flag: SocketFlags) throws {
      let pair = try tcpPair()
      for flags in [flag, flag.union(.outOfBand), flag.union(accepted)] {
        let traces = try SendTraces.of(pair.sender) {
          #expect(
            errorOfSending(on: pair.sender, flags: flags) == SocketError(code: .operationNotSupported, errno: EOPNOTSUPP))
          #expect(throws: SocketError(errno: EOPNOTSUPP)) { try pair.sender.descriptor.send([[1]], flags: flags) }
          #expect(throws: SocketError(errno: EOPNOTSUPP)) {
            try pair.sender.send([[1]], to: pair.receiver.localAddress, flags: flags)
          }
        }
        #expect(traces.map(\.systemCalls) == [0, 0, 0])
      }
      pair.sender.close()
      #expect(readAll(pair.receiver).bytes.isEmpty)
    }

    @Test("there are five of .NET's and four of the platform's")
    func countsAccepted() {
      #expect(eachBit.filter(accepted.contains).count == 9)
      #expect(accepted.isDisjoint(with: [.broadcast, .multicast, .partial]))
    }

    @Test("all accepted flags at once, but out-of-band, on a Unix stream")
    func acceptsAllAtOnce() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send([[1], [2]], flags: accepted.subtracting(.outOfBand)) == 2)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2])
    }

    @Test("a flag the kernel refuses for this kind of socket is its own answer", arguments: DatagramKind.allCases)
    func kernelRefuses(kind: DatagramKind) throws {
      let pair = try kind.pair()
      let traces = try SendTraces.of(pair.sender) {
        #expect(errorOfSending(on: pair.sender, flags: .outOfBand)?.code == .operationNotSupported)
      }
      #expect(traces.map(\.systemCalls) == [1])
    }

    @Test("more on UDP makes the lists one datagram")
    func moreOnUDP() throws {
      let pair = try udpPair()
      #expect(try pair.sender.send([[1], [2]], flags: .more) == 2)
      #expect(nextMessage(pair.receiver) == nil)
      #expect(try pair.sender.send([[3]]) == 1)
      #expect(nextMessage(pair.receiver) == [1, 2, 3])
      #expect(nextMessage(pair.receiver) == nil)
    }

    @Test("more on TCP holds a small packet back until the next send")
    func moreOnTCP() throws {
      let pair = try tcpPair()
      try pair.sender.setOption(.noDelay, to: true)
      #expect(try pair.sender.send([[1], [2]], flags: .more) == 2)
      // Loopback delivers before send returns: what has not arrived is held back.
      let early = errorOf { () throws(SocketError) in
        try pair.receiver.setBlocking(false)
        _ = try pair.receiver.receive(upTo: 9)
      }
      #expect(early?.code == .wouldBlock)
      try pair.receiver.setBlocking(true)
      #expect(try pair.sender.send([[3]]) == 1)
      #expect(try pair.receiver.receive(upTo: 9) == [1, 2, 3])
    }
  }
}
