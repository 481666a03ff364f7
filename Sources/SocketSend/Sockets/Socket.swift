// SPDX-License-Identifier: Apache-2.0

import CSendShim
import Synchronization

/// A socket that this object owns: it is closed with ``close()``, or when the last reference to the object is gone.
///
/// Every member may be used from any thread. Lists that several threads send at once never mix: each list's bytes are in one piece in the
/// stream. ``close()`` may come at any time, even while a send waits. The descriptor's number goes back to the system only when no
/// operation can still use it, so no send ever reaches another file.
///
/// After `close()` every member that can throw throws ``SocketError/Code/closed``.
public final class Socket: Sendable {
  /// The descriptor's number, which may be passed to C until ``close()``.
  ///
  /// After that the system may give the number to another file.
  public let descriptor: SocketDescriptor

  package let life = SocketLife()

  /// Read when the object is made: once the socket is closed, its number may belong to another file.
  package let kind: Kind?
  package var isStream: Bool { kind == .stream }

  /// 1 for a Unix socket, 0 for any other socket, and -1 until somebody asked.
  let isUnix = Atomic<Int8>(-1)
  /// Whether the descriptor is in non-blocking mode although the user's mode is blocking. An async `accept`, or one with a time-out, sets
  /// this flag until `setBlocking(false)`. A send of files that may not block for ever sets it until that send ends. On some systems all
  /// sockets stay in non-blocking mode.
  let isKeptNonblocking = Atomic<Bool>(false)
  /// Whether the descriptor has to stay in non-blocking mode until a send of files ends. False if `isKeptNonblocking` was set before that
  /// send, because the mode then stays after it. Used only inside `withMode`.
  let filesNeedNonblocking = Atomic<Bool>(false)
  /// Whether a send by zero copy ended before the kernel had let go of its memory. Its notifications still come.
  let owesNotifications = Atomic<Bool>(false)
  /// Whether the descriptor may be registered with epoll or kqueue, so that closing the socket has to take it out.
  let isWatched = Atomic<Bool>(false)

  /// The total time for one send in nanoseconds; negative is for ever.
  package let sendTimeoutNanoseconds: Atomic<Int64>
  /// The time that one receive waits in nanoseconds; negative is for ever.
  let receiveTimeoutNanoseconds: Atomic<Int64>

  /// Takes over a descriptor that was opened elsewhere, and closes it in the end.
  ///
  /// Time-outs set on it become this object's ``sendTimeout`` (`SO_SNDTIMEO`) and ``receiveTimeout`` (`SO_RCVTIMEO`). If a sandbox forbids
  /// reading them, the object has no time-outs until you set them. On macOS and the other systems of Apple this sets `O_NONBLOCK`: see
  /// ``isBlocking``.
  public init(adopting descriptor: SocketDescriptor) {
    self.descriptor = descriptor
    if TraceLines.areOn { TraceLines.avoid(descriptor) }
    kind = descriptor.kind
    sendTimeoutNanoseconds = Atomic(SystemCalls.sendTimeout(of: descriptor.rawValue) ?? -1)
    receiveTimeoutNanoseconds = Atomic(SystemCalls.receiveTimeout(of: descriptor.rawValue) ?? -1)
    if Platform.socketsStayNonblocking { stayNonblocking() }
  }

  /// Opens a socket that is not connected yet.
  ///
  /// The corresponding C function is `socket`. The socket is not handed down to programs that this one starts.
  public convenience init(_ family: SocketFamily, _ kind: Kind) throws(SocketError) {
    self.init(
      adopting: SocketDescriptor(rawValue: try SystemCalls.openSocket(family: family.rawValue, kind: kind.rawValue)))
  }

  /// Opens two Unix sockets connected to each other.
  ///
  /// The corresponding C function is `socketpair`.
  public static func pair(_ kind: Kind = .stream) throws(SocketError) -> (Socket, Socket) {
    let (one, other) = try SystemCalls.openPair(kind: kind.rawValue)
    return (
      Socket(adopting: SocketDescriptor(rawValue: one)), Socket(adopting: SocketDescriptor(rawValue: other))
    )
  }

  deinit { close() }

  /// How a socket carries bytes.
  public struct Kind: RawRepresentable, Hashable, Sendable {
    /// The platform's `SOCK_*`.
    public let rawValue: CInt

    /// Any kind that the platform has.
    public init(rawValue: CInt) { self.rawValue = rawValue }

    /// A stream of bytes without message boundaries: TCP, Unix stream.
    public static var stream: Kind { Kind(rawValue: Platform.stream) }
    /// Messages, each whole or not at all: UDP, Unix datagram.
    public static var datagram: Kind { Kind(rawValue: Platform.datagram) }
    /// Messages in order, on a connection: Unix seqpacket.
    public static var sequencedPacket: Kind { Kind(rawValue: Platform.sequencedPacket) }
  }

  /// Whether ``close()`` was called.
  public var isClosed: Bool { life.isClosed }

  /// Closes the socket.
  ///
  /// Any thread may call it, also more than once. It does not wait for a send to end.
  ///
  /// A send that is under way ends within milliseconds (on Apple's systems within about 100 ms), and so does a send that waits for its
  /// turn. On a stream it throws ``SocketError/Code/connectionAborted``, on another socket ``SocketError/Code/interrupted``. The error has
  /// the count of bytes sent. `sendZeroCopy` may take up to 5 seconds, and a send that reads a file ends after that read. Closing during a
  /// send aborts a TCP connection, unless sending was shut down before: the peer gets a reset, so it does not mistake a part for the whole.
  /// The peer of a Unix stream reads what was sent, then the end. Without a send under way the connection ends as by C's `close`, and the
  /// system goes on sending what it accepted. If received bytes were not read, Linux resets the connection instead. A TCP connection then
  /// loses bytes that the system accepted. The peer of a Unix stream reads what was sent, then gets ``SocketError/Code/connectionReset``.
  ///
  /// Other operations that wait (`accept`, `receive`, `receiveFrom`, an Internet `connect`) return with the same codes. A `connect`
  /// that waits for a place in a Unix listener's queue is not woken, unless it has a time-out or is async; it keeps the descriptor's
  /// number until it returns.
  public func close() {
    switch life.close() {
    case .again: break
    case .idle: closeDescriptor()
    case .inUse(let bySender, let sendShutDown):
      interruptOperations(abort: bySender && !sendShutDown)
      endWatchedWaits()
      leave()
    }
  }

  /// Makes the operations under way return. An error here needs no answer: the peer ended the connection, which woke everything, or there
  /// was no connection. Linux wakes what waits on an unconnected UDP socket although it answers ENOTCONN.
  private func interruptOperations(abort: Bool) {
    let number = descriptor.rawValue
    // A connect that another thread is about to make would not notice the shutdown below, and would wait for a peer that may never answer.
    if isInternetStream { try? SystemCalls.setShortestSendTimeout(number) }
    if abort { return abortConnection() }
    try? SystemCalls.shutdown(number, how: Platform.shutdownBoth)
  }

  private var isInternetStream: Bool { isStream && !isUnixStream }

  /// Ends every operation under way. The peer of a TCP connection gets a reset, and the kernel lets go of the bytes that were not sent.
  func abortConnection(
    _ disconnect: (CInt) throws(SocketError) -> Void = { number throws(SocketError) in try SystemCalls.disconnect(number) }
  ) {
    let number = descriptor.rawValue
    if isInternetStream {
      do { return try disconnect(number) } catch {}
      // Some kernels (Linux 6.4 to 6.6) do not disconnect a socket that a thread waits on. There the shutdown below ends all operations,
      // and `resetOnClose` makes the last close of the socket send a reset.
      try? SystemCalls.resetOnClose(number)
    }
    try? SystemCalls.shutdown(number, how: Platform.shutdownBoth)
  }
}

// MARK: Operations and the life of the descriptor

extension Socket {
  /// Runs an operation that uses the descriptor, whose number stays this socket's until the operation is over.
  func using<Result>(_ operation: (CInt) throws(SocketError) -> Result) throws(SocketError) -> Result {
    guard life.enter() else { throw .closed }
    defer { leave() }
    do throws(SocketError) {
      return try operation(descriptor.rawValue)
    } catch {
      let errno = life.isClosed ? errnoWhenClosed(error.errno) : error.errno
      throw errno == error.errno ? error : SocketError(errno: errno)
    }
  }

  /// Ends an operation; the last one of a closed socket closes the descriptor.
  package func leave() {
    if life.leave() { closeDescriptor() }
  }

  /// The errno to report for an operation that ended with `errno` while its socket was being closed. An errno that the close can cause
  /// becomes `closedMeanwhile`. Any other errno (a time-out, a message too long) stays.
  package func errnoWhenClosed(_ errno: CInt) -> CInt {
    switch errno {
    case EPIPE, ECONNRESET, ENOTCONN, EINVAL, EDESTADDRREQ, ESHUTDOWN, EINPROGRESS, ECANCELED: closedMeanwhile
    default: errno
    }
  }

  /// What an operation under way answers when this program closes the socket.
  package var closedMeanwhile: CInt { isStream ? ECONNABORTED : EINTR }
}
