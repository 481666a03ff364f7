// SPDX-License-Identifier: Apache-2.0

#if Metrics
  import CoreMetrics
  import MetricsTestKit
  import SocketSend
  import SocketSendMetrics
  import Testing

  @Suite("Sends counted", .serialized) struct SendMetricsTests {
    /// The counters' totals after `body` sent on `socket`.
    private func totals(of socket: Socket, _ body: () throws -> Void) rethrows -> [String: Int64] {
      let factory = TestMetrics()
      let metrics = SendMetrics(dimensions: [("socket", "tested")], factory: factory)
      let descriptor = socket.descriptor
      let observation = SendTrace.observe { trace in if trace.descriptor == descriptor { metrics.record(trace) } }
      defer { observation.end() }
      try body()
      return Dictionary(
        uniqueKeysWithValues: factory.counters.map { counter in
          #expect(counter.dimensions.map(\.1) == ["tested"])
          return (counter.label, counter.totalValue)
        })
    }

    @Test("bytes, and no datagrams on a stream")
    func stream() throws {
      let (sender, _receiver) = try Socket.pair()
      let totals = try totals(of: sender) {
        _ = try sender.send([[1, 2], [3]])
        _ = try sender.descriptor.send([[4]])
      }
      #expect(
        totals == [
          "socketsend_bytes_sent": 4, "socketsend_datagrams_sent": 0, "socketsend_timeouts": 0,
          "socketsend_short_writes": 0, "socketsend_waits": 0,
        ])
      #expect(try _receiver.receive(upTo: 9) == [1, 2, 3, 4])
    }

    @Test("datagrams, by the socket and by its descriptor, without those refused")
    func datagrams() throws {
      let receiver = try Socket(.ipv4, .datagram)
      try receiver.bind(to: .ipv4("127.0.0.1", port: 0))
      let sender = try Socket(.ipv4, .datagram)
      let totals = try totals(of: sender) {
        _ = try sender.send([[1, 2], [3]], to: receiver.localAddress)
        try sender.connect(to: receiver.localAddress)
        _ = try sender.send([[]])
        _ = try sender.descriptor.send([[4]])
        _ = try? sender.send([[UInt8](repeating: 0, count: 70_000)])
        _ = try? sender.send([[1]], flags: .partial)
      }
      #expect(totals["socketsend_datagrams_sent"] == 3 && totals["socketsend_bytes_sent"] == 4)
    }

    @Test("a time-out after a part: a short write, with its bytes and its waits")
    func timeout() throws {
      let (sender, receiver) = try Socket.pair()
      sender.sendTimeout = .milliseconds(20)
      var sent = 0
      let totals = totals(of: sender) {
        do throws(SocketError) {
          sent = try sender.send([[UInt8](repeating: 1, count: 10_000_000)])
        } catch {
          sent = error.bytesSent
        }
      }
      #expect(sent > 0 && totals["socketsend_bytes_sent"] == Int64(sent))
      #expect(totals["socketsend_timeouts"] == 1 && totals["socketsend_short_writes"] == 1)
      #expect(totals["socketsend_waits"]! > 0)
      receiver.close()
    }

    @Test("a short count that is no error is a short write too; nothing at all is none")
    func shortWrite() throws {
      let (sender, receiver) = try Socket.pair()
      let list = [[UInt8](repeating: 1, count: 10_000_000)]
      var sent = 0
      let totals = try totals(of: sender) {
        sent = try sender.send(list, flags: .doNotWait)
        #expect((try? sender.send(list, flags: .doNotWait)) == nil)
      }
      #expect(sent < 10_000_000 && totals["socketsend_bytes_sent"] == Int64(sent))
      #expect(totals["socketsend_short_writes"] == 1 && totals["socketsend_timeouts"] == 0)
      receiver.close()
    }
  }
#endif
