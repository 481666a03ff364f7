// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// The record of one send: its list, its outcome, its system calls and its time.
///
/// Corresponds to .NET's network tracing.
///
/// Setting the environment variable `SOCKETSEND_TRACE` to `1` writes one line for each send on standard error, without a change
/// to the program. ``observe(_:)`` gives the program the same record as a value. Switched off, tracing costs a send one load and
/// one branch.
///
/// Standard error is the file that descriptor 2 stood for when the program first made a ``Socket`` or sent. While descriptor 2
/// is closed or stands for another file, no line is written. No line is written if descriptor 2 is an Internet socket, or a
/// socket that the program sends on or owns as a ``Socket``.
public struct SendTrace: Hashable, Sendable, CustomStringConvertible {
  /// The socket's number.
  ///
  /// By the time an observer has it, the socket may be closed.
  public var descriptor: SocketDescriptor
  /// Whether the socket sends datagrams, each list as one: UDP, Unix datagram.
  public var isDatagram: Bool
  /// The number of segments in the list.
  public var segments: Int
  /// The number of bytes in the list.
  public var bytesAsked: Int
  /// The number of bytes that the kernel accepted, on success and on failure.
  public var bytesAccepted: Int
  /// The number of calls of `send`, `sendto`, `sendmsg` and `sendfile`.
  public var systemCalls: Int
  /// How often the send waited for room in the socket.
  ///
  /// A blocking send counts its waits by poll, epoll or sleep, at most 100 ms each. It counts a wait inside the system's `send` only if the
  /// call before that `send` took less than was offered. It counts no wait inside `sendfile`. An async send counts waits for events and
  /// pauses. `sendZeroCopy` also counts its waits for the kernel. On Linux, its polls have no limit of 100 ms.
  public var waits: Int
  /// The time from the end of the gathering to the end of the send.
  ///
  /// It includes the wait for another send, and for `sendZeroCopy` the wait for the kernel. A blocking send gathers a
  /// list of `ArraySegment` as it sends, and this is included too.
  public var duration: Duration
  /// The error of the send, or nil if it succeeded.
  public var error: SocketError?

  /// The line that is written on standard error.
  public var description: String {
    let outcome = error.map { "\($0.code.name) errno=\($0.errno)" } ?? "ok"
    return "SocketSend: fd=\(descriptor.rawValue) segments=\(segments) asked=\(bytesAsked) accepted=\(bytesAccepted)"
      + " calls=\(systemCalls) waits=\(waits) microseconds=\(duration.timeoutNanoseconds / 1000) outcome=\(outcome)"
  }

  /// Calls `observer` after every send of this process, until the observation ends.
  ///
  /// `observer` runs on the thread of a blocking send, or on the thread that runs an async send's task. Offers of a ``SendCursor`` and
  /// calls of the C core are not traced.
  ///
  /// Several observers can be there at once, for example of two libraries. They are called one after the other, in the order in which they
  /// were added. Only ``Observation/end()`` ends an observation: if the value returned is dropped, `observer` is called for as long as the
  /// process runs.
  ///
  /// An observer may send, and may add and end observations, its own too. Each of its sends is traced and calls it again: it has to end
  /// this recursion itself. If an observer adds or ends an observation, this takes effect with the next send.
  ///
  /// - Returns: What ends the observation.
  ///
  /// The .NET member that comes nearest is an `EventListener` on the event source `System.Net.Sockets`.
  @discardableResult
  public static func observe(_ observer: @escaping @Sendable (SendTrace) -> Void) -> Observation {
    Observation(number: Tracing.add(observer))
  }

  /// An observer of all sends, from ``SendTrace/observe(_:)`` until ``end()``.
  public struct Observation: Hashable, Sendable {
    fileprivate let number: UInt64

    /// Ends the observation; a second call does nothing.
    ///
    /// Sends that begin after this call returns do not call the observer. A send that ends on another thread during this call may still
    /// call it.
    public func end() { Tracing.remove(number) }
  }
}

/// Where traces go.
private enum Tracing {
  struct Observer: Sendable {
    /// No other observer of the process has it.
    let number: UInt64
    let call: @Sendable (SendTrace) -> Void
  }

  private struct Observers {
    var all: [Observer] = []
    /// How many were ever added.
    var added: UInt64 = 0
  }

  private static let observers = Locked(Observers())

  /// Changes the observers and sets `tracingSwitch` to match, both under the lock, so that the switch fits the latest change.
  @discardableResult
  private static func settle<Result>(_ change: (inout Observers) -> Result) -> Result {
    observers.withLock { observers in
      defer { tracingSwitch.store(TraceLines.areOn || !observers.all.isEmpty, ordering: .relaxed) }
      return change(&observers)
    }
  }

  /// Settles whether sends are traced.
  static func settle() { settle { _ in } }

  /// Returns the observer's number.
  static func add(_ call: @escaping @Sendable (SendTrace) -> Void) -> UInt64 {
    settle { observers in
      observers.added += 1
      observers.all.append(Observer(number: observers.added, call: call))
      return observers.added
    }
  }

  static func remove(_ number: UInt64) {
    let removed = settle { observers in
      observers.all.firstIndex { $0.number == number }.map { observers.all.remove(at: $0) }
    }
    // The observer is released here, outside the lock: a deinit of what it owns may send.
    extendLifetime(removed)
  }

  static func emit(_ trace: SendTrace) {
    if TraceLines.areOn { TraceLines.add(trace) }
    // The copy of the list lets observers change the list while they are called.
    for observer in observers.withLock({ $0.all }) { observer.call(trace) }
  }
}

/// Whether sends are traced. On until `Tracing.settle` ran: with the first send or the first observer. At file scope, where a constant
/// start value needs no check before each use.
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
