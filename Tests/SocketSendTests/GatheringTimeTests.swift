// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

/// A segment that takes some 150 microseconds to gather.
private struct SlowSegment: ByteSegment {
  let bytes: [UInt8]

  func addBytes(to list: inout SegmentList) {
    usleep(100)
    list.append(bytes)
  }
}

/// Takes more than 100 ms to gather, and several offers to send.
private let slowList = [SlowSegment](repeating: SlowSegment(bytes: [UInt8](repeating: 7, count: 2000)), count: 1100)

private func errorOf(_ send: () throws -> Int) -> SocketError? {
  do { _ = try send() } catch { return error as? SocketError }
  return nil
}

private func sendTwice(on socket: Socket) throws -> Int {
  try socket.send(slowList) + socket.descriptor.send(slowList)
}

/// What sends the list, and where its time-out of 50 ms comes from.
enum GatheringSend: CaseIterable {
  case socketTime, socketCall, descriptorCall, kernelTime, mixedList, mixedListOfDescriptor, files

  func error(sendingOn socket: Socket) throws -> SocketError? {
    let time = Duration.milliseconds(50)
    let descriptor = socket.descriptor
    switch self {
    case .socketTime:
      socket.sendTimeout = time
      return errorOf { try socket.send(slowList) }
    case .socketCall: return errorOf { try socket.send(slowList, timeout: time) }
    case .descriptorCall: return errorOf { try descriptor.send(slowList, timeout: time) }
    case .kernelTime:
      socket.setKernelSendTimeout(milliseconds: 50)
      return errorOf { try descriptor.send(slowList) }
    case .mixedList: return errorOf { try socket.send(slowList as [any ByteSegment], timeout: time) }
    case .mixedListOfDescriptor: return errorOf { try descriptor.send(slowList as [any ByteSegment], timeout: time) }
    case .files:
      let file = try TestFile(byteCount: 3)
      let list: [any ByteSegment] = [try FileRegion(file.descriptor)] + slowList
      return errorOf { try socket.send(list, timeout: time) }
    }
  }
}

extension SocketTests {
  @Suite("The time for gathering a long list counts") struct GatheringTimeTests {
    @Test("A time-out that passes meanwhile ends a send that would not have to wait", arguments: GatheringSend.allCases)
    func passes(send: GatheringSend) async throws {
      let pair = try unixPair(.stream)
      let reader = Reader(pair.receiver)
      let error = try send.error(sendingOn: pair.sender)
      #expect(error?.code == .timedOut && error?.isOwnTimeout == true)
      let most = slowList.byteCount
      #expect(error?.bytesSent ?? most < most)
      pair.sender.close()
      let received = await reader.value.bytes.count
      #expect(received == error?.bytesSent)
    }

    @Test("Without a time-out, the list is sent")
    func ends() async throws {
      let pair = try unixPair(.stream)
      let reader = Reader(pair.receiver)
      #expect(try sendTwice(on: pair.sender) == 4_400_000)
      pair.sender.close()
      let received = await reader.value.bytes.count
      #expect(received == 4_400_000)
    }
  }
}
