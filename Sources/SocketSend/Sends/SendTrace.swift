// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Synchronization

/// What one send did: .NET's network tracing.
///
/// Setting the environment variable `SOCKETSEND_TRACE` to `1` writes one line a send on standard error, without a change to
/// the program. ``observe(_:)`` gives the same to the program as a value. Switched off, tracing costs a send one load and
/// one branch.
///
/// Standard error is the file that descriptor 2 stood for when the program first made a ``Socket`` or sent. While descriptor 2
/// is closed or stands for another file, no line is written. No line is written if descriptor 2 is an Internet socket, or a
/// socket that the program sends on or owns as a ``Socket``.
public struct SendTrace: Hashable, Sendable, CustomStringConvertible {
  /// The socket's number. By the time an observer has it, the socket may be closed.
  public var descriptor: SocketDescriptor
  /// Whether the socket sends datagrams, each list as one: UDP, Unix datagram.
  public var isDatagram: Bool
  /// The segments of the list.
  public var segments: Int
  /// The bytes of the list.
  public var bytesAsked: Int
  /// The bytes the kernel accepted, on success and on failure.
  public var bytesAccepted: Int
  /// The calls of `send`, `sendto` and `sendmsg`.
  public var systemCalls: Int
  /// How often the send waited for room in the socket: a wait of poll, at most 100 ms long, or one inside the system's send.
  public var waits: Int
  /// From entering the send to leaving it, time spent waiting for another sender's turn included.
  public var duration: Duration
  /// Why the send failed; nil where it did not.
  public var error: SocketError?

  /// The line that is written on standard error.
  public var description: String {
    let outcome = error.map { "\($0.code.name) errno=\($0.errno)" } ?? "ok"
    return "SocketSend: fd=\(descriptor.rawValue) segments=\(segments) asked=\(bytesAsked) accepted=\(bytesAccepted)"
      + " calls=\(systemCalls) waits=\(waits) microseconds=\(duration.timeoutNanoseconds / 1000) outcome=\(outcome)"
  }

  /// Calls `observer` after every send of this process, on the thread that sent, until it is replaced; nil ends it.
  ///
  /// An observer may send; what it sends is traced too, so it has to end that itself.
  public static func observe(_ observer: (@Sendable (SendTrace) -> Void)?) {
    Tracing.settle { $0 = observer.map(Tracing.Observer.init) }
  }
}

/// Where traces go.
private enum Tracing {
  /// A function in a structure of its own: taken out of a generic container bare, it would be wrapped once more each time.
  struct Observer: Sendable {
    var call: @Sendable (SendTrace) -> Void
  }

  static let observer = Locked<Observer?>(nil)

  /// Changes the observer, and settles whether sends are traced from now on, in one step: of two changes the later one counts.
  static func settle(_ change: (inout Observer?) -> Void = { _ in }) {
    let before = observer.withLock { observer in
      let before = observer
      change(&observer)
      tracingSwitch.store(TraceLines.areOn || observer != nil, ordering: .relaxed)
      return before
    }
    // The last reference to a replaced observer goes here, without the lock: what it owns may send while it goes.
    extendLifetime(before)
  }

  static func emit(_ trace: SendTrace) {
    if TraceLines.areOn { TraceLines.add(trace) }
    observer.withLock { $0 }?.call(trace)
  }
}

/// Whether sends are traced. On until the first send has asked the environment. At file scope, where a constant start value
/// needs no check before each use.
private let tracingSwitch = Atomic<Bool>(true)

/// Whether a send has to go by `traced`. The one thing tracing costs a send while it is switched off.
@inline(__always)
package var mayTrace: Bool { tracingSwitch.load(ordering: .relaxed) }

/// Runs `send` and tells those who listen what it did.
@inline(never)
func traced(
  _ buffers: some IOVectorList, on descriptor: SocketDescriptor, isDatagram: @autoclosure () -> Bool,
  _ send: () -> SendOutcome
) -> SendOutcome {
  guard let start = traceBegins() else { return send() }
  let outcome = send()
  traceEnds(
    start, segments: buffers.count, bytes: buffers.byteCount, on: descriptor, isDatagram: isDatagram(), outcome)
  return outcome
}

/// When a traced send begins; nil where nobody listens.
package func traceBegins() -> ContinuousClock.Instant? {
  Tracing.settle()
  return mayTrace ? .now : nil
}

/// Tells those who listen what a send did.
package func traceEnds(
  _ start: ContinuousClock.Instant, segments: Int, bytes: Int, on descriptor: SocketDescriptor, isDatagram: Bool,
  _ outcome: SendOutcome
) {
  let duration = start.duration(to: .now)
  Tracing.emit(
    SendTrace(
      descriptor: descriptor, isDatagram: isDatagram, segments: segments, bytesAsked: bytes,
      bytesAccepted: outcome.bytesSent, systemCalls: outcome.systemCalls, waits: outcome.waits, duration: duration,
      error: outcome.error))
}
