// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// The traces of one descriptor's sends.
final class SendTraces: Sendable {
  private let seen = Locked<[SendTrace]>([])

  var all: [SendTrace] { seen.withLock { $0 } }
  var last: SendTrace? { all.last }

  /// Gathers the traces of `socket` while `body` runs.
  static func of(_ socket: Socket, during body: () throws -> Void) throws -> [SendTrace] {
    let traces = SendTraces()
    let observation = traces.start(socket.descriptor)
    defer { observation.end() }
    try body()
    return traces.all
  }

  func start(_ descriptor: SocketDescriptor) -> SendTrace.Observation {
    SendTrace.observe { [self] trace in
      if trace.descriptor == descriptor { seen.withLock { $0.append(trace) } }
    }
  }
}
