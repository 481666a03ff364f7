// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

/// The system calls of a socket's life, each as a Swift function that throws what errno says. The gathered send is not
/// among them: that is the C core's.
enum SystemCalls {
  /// Returns what `call` returns, or throws the error in errno. errno is read at once, before anything else can change it. A call that a
  /// signal interrupted is made again, unless `retryingInterrupted` is false: for an Internet `connect`, and for a poll of an operation
  /// that waits.
  static func value<Value: SignedInteger>(
    retryingInterrupted: Bool = true, _ call: () -> Value
  ) throws(SocketError) -> Value {
    while true {
      let value = call()
      if value >= 0 { return value }
      let error = errno
      if error != EINTR || !retryingInterrupted { throw SocketError(errno: error) }
    }
  }

  /// `flag` makes the system close the socket in programs that this one starts. If it is nil, a second system call does that.
  static func openSocket(
    family: CInt, kind: CInt, closingOnExec flag: CInt? = Platform.closeOnExec
  ) throws(SocketError) -> CInt {
    let descriptor = try value { socket(family, kind | (flag ?? 0), 0) }
    if flag == nil { closeOnExec(descriptor) }
    return descriptor
  }

  static func openPair(
    kind: CInt, closingOnExec flag: CInt? = Platform.closeOnExec
  ) throws(SocketError) -> (CInt, CInt) {
    var numbers: [CInt] = [-1, -1]
    // Invariant: the array has the two elements that socketpair writes.
    _ = try value { unsafe socketpair(AF_UNIX, kind | (flag ?? 0), 0, &numbers) }
    if flag == nil { numbers.forEach(closeOnExec) }
    return (numbers[0], numbers[1])
  }

  /// Keeps the descriptor from programs that this one starts. A program that another thread starts just before this call still gets it.
  private static func closeOnExec(_ descriptor: CInt) { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

  static func close(_ descriptor: CInt) {
    // An interrupted close has closed the descriptor on Linux. A second close might close a file that got the same number meanwhile.
    _ = cClose(descriptor)
  }

  /// Connects. If a signal interrupts it on a Unix socket, no connection was begun, and this makes the call again. On an Internet socket
  /// the system goes on connecting, and this throws EINPROGRESS.
  static func connect(_ descriptor: CInt, to address: SocketAddress) throws(SocketError) {
    do throws(SocketError) {
      _ = try value(retryingInterrupted: address.family == .unix) {
        unsafe address.withSockaddr { unsafe cConnect(descriptor, $0, $1) }
      }
    } catch {
      throw error.errno == EINTR ? SocketError(errno: EINPROGRESS) : error
    }
  }

  /// Returns if the connection is made. Throws EAGAIN while it is still being made, and the error if it failed.
  static func finishConnecting(_ descriptor: CInt, to address: SocketAddress) throws(SocketError) {
    let events = try poll(descriptor, for: Platform.room, milliseconds: 0, retryingInterrupted: true)
    if events == 0 { throw SocketError(errno: EAGAIN) }
    if let error = try SocketOption.error.value(of: descriptor) { throw error }
    // POLLERR alone, without an error, is an entry in the error queue. The connection is still being made.
    if events == POLLERR { throw SocketError(errno: EAGAIN) }
    // Linux answers success to the first connect after a connection was made, whatever the address, and EISCONN to later ones. The call
    // below takes the success, so that the user's next connect gets EISCONN.
    do throws(SocketError) {
      _ = try value { unsafe address.withSockaddr { unsafe cConnect(descriptor, $0, $1) } }
    } catch {
      if error.errno != EISCONN { throw error }
    }
  }

  /// Polls for at most that many milliseconds; a negative number is for ever. Returns what poll reported, 0 if the time passed.
  static func poll(
    _ descriptor: CInt, for events: CInt, milliseconds: CInt, retryingInterrupted: Bool = false
  ) throws(SocketError) -> CInt {
    var request = pollfd(fd: descriptor, events: Int16(events), revents: 0)
    _ = try value(retryingInterrupted: retryingInterrupted) { cPoll(&request, milliseconds) }
    return CInt(request.revents)
  }

  /// What FIONREAD answers: the bytes to receive, as each system counts them (see `Socket.available`).
  static func bytesToReceive(_ descriptor: CInt) throws(SocketError) -> Int {
    var count: CInt = 0
    // Invariant: for FIONREAD, ioctl writes a C int.
    _ = try value { unsafe ioctl(descriptor, Platform.bytesToReceive, &count) }
    return Int(count)
  }

  /// Whether receiving was shut down, or the peer of a stream ended its sending. Only Linux and Android tell; elsewhere this is false.
  static func hasEndedReceiving(_ descriptor: CInt) -> Bool {
    let ended = Platform.receiveHasEnded
    let events = try? poll(descriptor, for: ended, milliseconds: 0, retryingInterrupted: true)
    return (events ?? 0) & ended != 0
  }

  /// Lets the thread sleep, for less than a second. A signal ends the sleep.
  static func sleep(nanoseconds: UInt64) {
    var time = timespec(tv_sec: 0, tv_nsec: Int(nanoseconds))
    // Invariant: the pointer is to a variable of this function, which the call uses until it returns.
    _ = unsafe nanosleep(&time, nil)
  }

  static func bind(_ descriptor: CInt, to address: SocketAddress) throws(SocketError) {
    _ = try value { unsafe address.withSockaddr { unsafe cBind(descriptor, $0, $1) } }
  }

  static func listen(_ descriptor: CInt, backlog: CInt) throws(SocketError) {
    _ = try value { cListen(descriptor, backlog) }
  }

  /// Takes the next connection, and returns it in blocking mode. `inheritsMode` says that `call` gives it the mode of the listener.
  static func accept(
    _ descriptor: CInt, inheritsMode: Bool = Platform.connectionsInheritMode, _ call: (CInt) -> CInt = cAccept
  ) throws(SocketError) -> CInt {
    let connection = try value { call(descriptor) }
    // accept4 would close the gap to an exec in another thread; the C library's Swift module does not show it.
    closeOnExec(connection)
    if inheritsMode { _ = fcntl(connection, F_SETFL, 0) }
    return connection
  }

  static func localAddress(of descriptor: CInt) throws(SocketError) -> SocketAddress {
    // Invariant: the pointers are those of `address(_:)`, which has their invariant.
    unsafe try address { unsafe getsockname(descriptor, $0, $1) }
  }

  static func peerAddress(of descriptor: CInt) throws(SocketError) -> SocketAddress {
    // Invariant: the pointers are those of `address(_:)`, which has their invariant.
    unsafe try address { unsafe getpeername(descriptor, $0, $1) }
  }

  static func address(
    _ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
  ) throws(SocketError) -> SocketAddress {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    // Invariant: the call writes at most `length` bytes, the size of the storage, which is laid out to start as a sockaddr
    // does; it says in `length` how many it wrote.
    _ = try value {
      unsafe withUnsafeMutableBytes(of: &storage) { bytes in
        unsafe call(bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self), &length)
      }
    }
    // The system wrote no address, not even a family: a receive does so for a sender without a name. getsockname writes a family.
    if length < socklen_t(AddressLayout.startSize) { return .unnamed }
    return unsafe withUnsafeBytes(of: &storage) { unsafe SocketAddress(bytes: Array($0.prefix(Int(length)))) }
  }

  /// The socket's SO_SNDTIMEO in nanoseconds; nil where it has none.
  static func sendTimeout(of descriptor: CInt) -> Int64? { timeout(of: descriptor, option: SO_SNDTIMEO) }

  /// The socket's SO_RCVTIMEO in nanoseconds; nil where it has none.
  static func receiveTimeout(of descriptor: CInt) -> Int64? { timeout(of: descriptor, option: SO_RCVTIMEO) }

  private static func timeout(of descriptor: CInt, option: CInt) -> Int64? {
    var timeout = timeval()
    var length = socklen_t(MemoryLayout<timeval>.size)
    // Invariant: the length is that of the variable written.
    guard unsafe getsockopt(descriptor, SOL_SOCKET, option, &timeout, &length) == 0 else { return nil }
    let duration = Duration.seconds(timeout.tv_sec) + .microseconds(timeout.tv_usec)
    return duration == .zero ? nil : duration.timeoutNanoseconds
  }

  /// Lets the last close of a TCP socket abort its connection instead of ending it in order.
  static func resetOnClose(_ descriptor: CInt) throws(SocketError) {
    var abort = linger(l_onoff: 1, l_linger: 0)
    // Invariant: the length is that of the variable read.
    _ = try value { unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abort, socklen_t(MemoryLayout<linger>.size)) }
  }

  /// Sets SO_SNDTIMEO to 1 microsecond: a connect or a send that begins from now on waits for one tick of the kernel's clock at most.
  static func setShortestSendTimeout(_ descriptor: CInt) throws(SocketError) {
    var timeout = timeval(tv_sec: 0, tv_usec: 1)
    // Invariant: the length is that of the variable read.
    let length = socklen_t(MemoryLayout<timeval>.size)
    _ = try value { unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, length) }
  }

  static func isNonblocking(_ descriptor: CInt) throws(SocketError) -> Bool {
    try value { fcntl(descriptor, F_GETFL) } & O_NONBLOCK != 0
  }

  static func setNonblocking(_ descriptor: CInt, _ isNonblocking: Bool) throws(SocketError) {
    let flags = try value { fcntl(descriptor, F_GETFL) }
    let changed = isNonblocking ? flags | O_NONBLOCK : flags & ~O_NONBLOCK
    _ = try value { fcntl(descriptor, F_SETFL, changed) }
  }

  /// The identity of an open file.
  struct File: Equatable {
    var device: dev_t
    var inode: ino_t
    var isSocket: Bool
  }

  /// The file that the descriptor stands for; nil if the descriptor is not open.
  static func file(of descriptor: CInt) -> File? {
    var status = stat()
    // Invariant: the structure is the one that fstat writes.
    guard unsafe fstat(descriptor, &status) == 0 else { return nil }
    return File(device: status.st_dev, inode: status.st_ino, isSocket: status.st_mode & S_IFMT == S_IFSOCK)
  }

  /// The system's text for an error number, which other threads may ask for at the same time.
  static func text(of errno: CInt) -> String {
    unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { text in
      // Invariant: strerror_r writes at most the count it is given and ends what it wrote with a NUL; the NUL here is for a system that
      // writes nothing for a number that it does not know.
      unsafe text[0] = 0
      _ = unsafe strerror_r(errno, text.baseAddress!, text.count)
      return unsafe String(cString: text.baseAddress!)
    }
  }
}
