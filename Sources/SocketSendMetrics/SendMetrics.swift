// SPDX-License-Identifier: Apache-2.0

#if Metrics
  public import CoreMetrics
  public import SocketSend

  /// Counters of the bytes, datagrams, time-outs, short writes and waits of sends.
  ///
  /// ```swift
  /// let metrics = SendMetrics()
  /// SendTrace.observe { metrics.record($0) }
  /// ```
  ///
  /// The counters of bytes and datagrams correspond to `bytes-sent` and `datagrams-sent` of .NET's event source.
  public struct SendMetrics: Sendable {
    /// `socketsend_bytes_sent`: the bytes the kernel accepted, those of sends that failed too.
    private let bytesSent: Counter
    /// `socketsend_datagrams_sent`: the messages of datagram sockets.
    private let datagramsSent: Counter
    /// `socketsend_timeouts`: the sends whose own time-out passed: ``SocketSend/SocketError/isOwnTimeout``.
    private let timeouts: Counter
    /// `socketsend_short_writes`: the sends that ended, in an error or not, when only a part of their bytes had gone.
    private let shortWrites: Counter
    /// `socketsend_waits`: how often sends waited for room: ``SocketSend/SendTrace/waits``.
    private let waits: Counter

    /// Makes the counters.
    ///
    /// - Parameters:
    ///   - dimensions: The dimensions of all counters.
    ///   - factory: The factory that makes the counters. Nil is the factory of the metrics system, which the program has to set up before.
    public init(dimensions: [(String, String)] = [], factory: (any MetricsFactory)? = nil) {
      let factory = factory ?? MetricsSystem.factory
      func counter(_ name: String) -> Counter {
        Counter(label: "socketsend_\(name)", dimensions: dimensions, factory: factory)
      }
      bytesSent = counter("bytes_sent")
      datagramsSent = counter("datagrams_sent")
      timeouts = counter("timeouts")
      shortWrites = counter("short_writes")
      waits = counter("waits")
    }

    /// Counts one send.
    public func record(_ trace: SendTrace) {
      bytesSent.increment(by: trace.bytesAccepted)
      if trace.isDatagram, trace.error == nil { datagramsSent.increment() }
      if trace.error?.isOwnTimeout == true { timeouts.increment() }
      if trace.bytesAccepted > 0, trace.bytesAccepted < trace.bytesAsked { shortWrites.increment() }
      if trace.waits > 0 { waits.increment(by: trace.waits) }
    }
  }
#endif
