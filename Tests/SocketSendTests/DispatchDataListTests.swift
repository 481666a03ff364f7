// SPDX-License-Identifier: Apache-2.0
import Dispatch
import SocketSend
import Testing

extension SocketTests {
  @Suite("Lists of DispatchData") struct DispatchDataListTests {
    private static func data(_ bytes: [UInt8]) -> DispatchData { bytes.withUnsafeBytes { DispatchData(bytes: $0) } }

    /// Data of one region each, joined.
    private static func joined(_ parts: [[UInt8]]) -> DispatchData {
      var whole = DispatchData.empty
      for part in parts { whole.append(Self.data(part)) }
      return whole
    }

    @Test("of one region, and empty")
    func oneRegion() throws {
      try expectArrival(of: (0..<20).map { Self.data(countedBytes($0)) }, as: (0..<20).flatMap(countedBytes))
      try expectArrival(of: [DispatchData.empty], as: [])
      try expectArrival(of: [DispatchData.empty, .empty], as: [])
    }

    @Test("each region is a segment")
    func regions() throws {
      let parts = (1...100).map(countedBytes)
      let whole = Self.joined(parts)
      try expectArrival(of: [whole, whole], as: Array(parts.joined()) + parts.joined())
      let pair = try unixPair(.stream)
      let traces = try SendTraces.of(pair.sender) { _ = try pair.sender.send([whole]) }
      #expect(traces.map(\.segments) == [100])
    }

    @Test("a part of several regions")
    func subdata() throws {
      let parts = (1...10).map { [UInt8](repeating: UInt8($0), count: 10) }
      let part = Self.joined(parts).subdata(in: 15..<62)
      try expectArrival(of: [part], as: Array(parts.joined().dropFirst(15).prefix(47)))
    }

    @Test("data made for the call")
    func temporaries() throws {
      let pair = try unixPair(.stream)
      #expect(try pair.sender.send((1...80).map { Self.joined([[UInt8($0)], [0, 0]]) }) == 240)
      #expect(readAll(pair.receiver, Pace(most: 240)).bytes == (1...80).flatMap { [UInt8($0), 0, 0] })
    }
  }
}
