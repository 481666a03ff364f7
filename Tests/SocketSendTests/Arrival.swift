// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// Sends the list in every way there is, as a list of its type and as one that mixes, and expects exactly these bytes to arrive:
/// in a stream, and as one message.
func expectArrival<Segment: ByteSegment>(
  of list: [Segment], as bytes: [UInt8], location: SourceLocation = #_sourceLocation
) throws {
  let mixed: [any ByteSegment] = list
  #expect(list.byteCount == bytes.count && mixed.byteCount == bytes.count, sourceLocation: location)

  let stream = try unixPair(.stream, sendBuffer: 1 << 20)
  func expectInStream(_ send: () throws -> Int) throws {
    #expect(try send() == bytes.count, sourceLocation: location)
    #expect(readAll(stream.receiver, Pace(most: bytes.count)).bytes == bytes, sourceLocation: location)
  }
  try expectInStream { try stream.sender.send(list) }
  try expectInStream { try stream.sender.send(mixed) }
  try expectInStream { try stream.sender.descriptor.send(list, timeout: .seconds(5)) }
  try expectInStream { try stream.sender.descriptor.send(mixed, timeout: .seconds(5)) }
  #expect(drain(stream.receiver) == 0, sourceLocation: location)

  let udp = try boundUDP()
  let sender = try Socket(.ipv4, .datagram)
  func expectMessage(_ send: () throws -> Int) throws {
    #expect(try send() == bytes.count, sourceLocation: location)
    #expect(nextMessage(udp) == bytes, sourceLocation: location)
  }
  let address = try udp.localAddress
  try expectMessage { try sender.send(list, to: address) }
  try expectMessage { try sender.send(mixed, to: address) }
  try sender.connect(to: address)
  try expectMessage { try sender.send(list) }
  try expectMessage { try sender.send(mixed) }
  #expect(nextMessage(udp) == nil, sourceLocation: location)
}

/// Counted bytes: 0, 1, 2, ... and again.
func countedBytes(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
