// SPDX-License-Identifier: Apache-2.0
import SocketSendAsync
import Synchronization
import Testing

@testable import SocketSend

/// A receive with room for no byte.
enum ReceiveOfNothing: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case upTo = "receive(upTo: 0)"
  case into = "receive(into:)"
  case from = "receiveFrom(upTo: 0)"

  var testDescription: String { rawValue }

  func callAsFunction(on socket: Socket) throws(SocketError) {
    var nothing: [UInt8] = []
    switch self {
    case .upTo: _ = try socket.receive(upTo: 0)
    case .into: _ = try socket.receive(into: &nothing)
    case .from: _ = try socket.receiveFrom(upTo: 0)
    }
  }

  func suspending(on socket: Socket) async throws(SocketError) {
    var nothing: [UInt8] = []
    switch self {
    case .upTo: _ = try await socket.receive(upTo: 0)
    case .into: _ = try await socket.receive(into: &nothing)
    case .from: _ = try await socket.receiveFrom(upTo: 0)
    }
  }
}

extension SocketTests {
  @Suite("A receive without room, on a socket that is closed meanwhile", .serialized) struct ReceiveNothingTests {
    private func code(_ kind: Socket.Kind) -> SocketError.Code { kind == .stream ? .connectionAborted : .interrupted }

    @Test(
      "throws, as nothing has arrived", arguments: ReceiveOfNothing.allCases,
      [.stream, .datagram, .sequencedPacket] as [Socket.Kind])
    func blocking(receive: ReceiveOfNothing, kind: Socket.Kind) async throws {
      let pair = try unixPair(kind)
      let thread = OwnThread { errorOf { () throws(SocketError) in try receive(on: pair.receiver) } }
      await thread.untilBlocked()
      pair.receiver.close()
      #expect(await thread.value?.code == code(kind))
    }

    @Test(
      "throws in a task too", arguments: ReceiveOfNothing.allCases,
      [.stream, .datagram, .sequencedPacket] as [Socket.Kind])
    func suspending(receive: ReceiveOfNothing, kind: Socket.Kind) async throws {
      let pair = try unixPair(kind)
      let task = Task { () async -> SocketError? in
        do throws(SocketError) {
          try await receive.suspending(on: pair.receiver)
          return nil
        } catch {
          return error
        }
      }
      await eventually { pair.receiver.isWatched.load(ordering: .relaxed) }
      pair.receiver.close()
      #expect(await task.value?.code == code(kind))
    }
  }
}
