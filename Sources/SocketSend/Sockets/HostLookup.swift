// SPDX-License-Identifier: Apache-2.0

import Dispatch

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

extension SocketAddress {
  /// The addresses of the host with this name, in the order in which the system would try them.
  ///
  /// Asynchronous code cannot call it, as it may block the thread: import `SocketSendAsync` there and await its `lookUp`.
  ///
  /// - Parameters:
  ///   - host: A name, or a numeric address.
  ///   - port: The port of each address.
  ///   - family: Addresses of this family only; nil for both.
  /// - Throws: ``SocketError/Code/hostNotFound``, ``SocketError/Code/noData``, ``SocketError/Code/tryAgain``,
  ///   ``SocketError/Code/noRecovery``, or an error of the system. ``SocketError/Code/addressFamilyNotSupported`` if `family` is neither
  ///   IPv4 nor IPv6.
  ///
  /// The corresponding C function is `getaddrinfo`. It may wait for a name server, for as long as the system is set to.
  @available(*, noasync, message: "import SocketSendAsync and await it in an async function, or block in a synchronous one")
  public static func lookUp(
    host: String, port: UInt16, family: SocketFamily? = nil
  ) throws(SocketError) -> [SocketAddress] {
    try addresses(host, port: port, family: family?.rawValue ?? AF_UNSPEC, flags: 0)
  }

  /// Looks a host up as `lookUp(host:port:family:)` does, until a deadline. The system's look-up cannot be ended, so a separate thread
  /// makes it, and goes on by itself once the deadline passed. An address in numbers needs no thread.
  static func lookUp(host: String, port: UInt16, until deadline: Deadline) throws(SocketError) -> [SocketAddress] {
    if deadline.isNever { return try lookUp(host: host, port: port) }
    if let addresses = numeric(host, port: port, family: nil) { return addresses }
    let answer = Locked<Result<[SocketAddress], SocketError>>(.success([]))
    let answered = DispatchSemaphore(value: 0)
    let isStarted = startDetachedThread {
      let found = Result { () throws(SocketError) in try lookUp(host: host, port: port) }
      answer.withLock { $0 = found }
      answered.signal()
    }
    if !isStarted { throw SocketError(errno: ENOMEM) }
    // The semaphore may use the wall clock, so the monotonic clock decides whether the time is over.
    while answered.wait(timeout: deadline.dispatchTime) == .timedOut {
      if deadline.nanosecondsLeft == 0 { throw .ownTimeout(bytesSent: 0) }
    }
    return try answer.withLock { $0 }.get()
  }

  init(numeric text: String, port: UInt16, family: CInt) throws(SocketError) {
    let found = try Self.addresses(text, port: port, family: family, flags: AI_NUMERICHOST)
    guard let first = found.first else { throw SocketError(code: .hostNotFound) }
    self = first
  }

  /// The addresses for a numeric `host`; nil for a name, which has to be looked up.
  package static func numeric(_ host: String, port: UInt16, family: SocketFamily?) -> [SocketAddress]? {
    try? addresses(host, port: port, family: family?.rawValue ?? AF_UNSPEC, flags: AI_NUMERICHOST)
  }

  private static func addresses(
    _ host: String, port: UInt16, family: CInt, flags: CInt
  ) throws(SocketError) -> [SocketAddress] {
    // getaddrinfo would take what precedes a NUL for the name.
    guard !host.utf8.contains(0) else { throw SocketError(code: .hostNotFound) }
    var hints = unsafe addrinfo()
    unsafe hints.ai_family = family
    unsafe hints.ai_socktype = Platform.stream  // one entry for each address, not one for each kind of socket
    unsafe hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let status = unsafe getaddrinfo(host, String(port), &hints, &list)
    let systemError = errno
    guard status == 0 else { throw SocketError(lookUpStatus: status, errno: systemError) }
    defer { unsafe freeaddrinfo(list) }
    var found: [SocketAddress] = []
    // Invariant: getaddrinfo gave a list ended by nil, each entry with an address of the length beside it; the bytes are
    // copied before the list is freed.
    var next = unsafe list
    while let entry = unsafe next {
      let bytes = unsafe UnsafeRawBufferPointer(start: entry.pointee.ai_addr, count: Int(entry.pointee.ai_addrlen))
      found.append(SocketAddress(bytes: unsafe Array(bytes)))
      unsafe next = entry.pointee.ai_next
    }
    return found
  }
}

extension SocketError {
  /// The error that getaddrinfo's `status` stands for, with .NET's numbers.
  fileprivate init(lookUpStatus status: CInt, errno: CInt) {
    switch status {
    case EAI_SYSTEM: self.init(errno: errno)
    case EAI_MEMORY: self.init(errno: ENOMEM)
    case EAI_FAMILY: self.init(code: .addressFamilyNotSupported)
    case EAI_SERVICE: self.init(code: .typeNotFound)
    case EAI_AGAIN: self.init(code: .tryAgain)
    case EAI_FAIL: self.init(code: .noRecovery)
    case Platform.noAddress: self.init(code: .noData)
    default: self.init(code: .hostNotFound)
    }
  }
}
