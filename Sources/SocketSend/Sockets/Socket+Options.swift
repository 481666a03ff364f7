// SPDX-License-Identifier: Apache-2.0

extension Socket {
  /// The value of an option, for example `try socket.option(.sendBufferSize)`.
  ///
  /// - Throws: ``SocketError/Code/protocolOption`` or ``SocketError/Code/operationNotSupported`` if the socket has no such option or
  ///   its value cannot be read.
  ///
  /// The corresponding C function is `getsockopt`, and the .NET member is `GetSocketOption`.
  public func option<Value>(_ option: SocketOption<Value>) throws(SocketError) -> Value {
    try using { number throws(SocketError) in try option.value(of: number) }
  }

  /// Sets an option, for example `try socket.setOption(.noDelay, to: true)`.
  ///
  /// - Throws: ``SocketError/Code/invalidArgument`` for a value that the option cannot have, for example a negative time, or a
  ///   time too long for its unit; nothing was changed. ``SocketError/Code/protocolOption`` or
  ///   ``SocketError/Code/operationNotSupported`` if the socket has no such option.
  ///
  /// The corresponding C function is `setsockopt`, and the .NET member is `SetSocketOption`.
  public func setOption<Value>(_ option: SocketOption<Value>, to value: Value) throws(SocketError) {
    try using { number throws(SocketError) in try option.set(value, on: number) }
  }

  /// Whether operations wait (true, the default) or do what can be done now.
  ///
  /// Corresponds to .NET's `Blocking`, and is the opposite of `O_NONBLOCK`. The mode belongs to the open socket, and all descriptors of the
  /// socket share it.
  ///
  /// An `accept` that has a time-out or is async sets `O_NONBLOCK` on a listening socket, where it stays. Until you set non-blocking mode,
  /// this property stays true, and `accept` without a time-out goes on waiting. A send with a time-out, an async send, an offer of a
  /// ``SendCursor`` and `sendZeroCopy` set `O_NONBLOCK` on a stream while they send a ``FileRegion``. Only code that uses the descriptor's
  /// number itself, or another descriptor of the socket, sees the difference.
  ///
  /// On Apple's systems every descriptor that a `Socket` owns has `O_NONBLOCK`, whatever this property is, and operations wait by `poll`.
  /// The kernel there would wait in a send longer than a time-out, and would not report the bytes that a failing send took. So use the
  /// members of `Socket` there, and ``descriptor`` only in code that expects `O_NONBLOCK`. A socket that adopts another descriptor of the
  /// same open socket is in non-blocking mode there, until ``setBlocking(_:)``.
  public var isBlocking: Bool {
    get throws(SocketError) { try using(isUserBlocking) }
  }

  /// Sets the mode: see ``isBlocking``.
  ///
  /// Call it while no `accept` is under way.
  public func setBlocking(_ isBlocking: Bool) throws(SocketError) {
    try using { number throws(SocketError) in
      try withMode { () throws(SocketError) in
        // The user's mode is blocking already. A send of a file, or an accept, needs the descriptor to stay in non-blocking mode.
        if isBlocking, isKeptNonblocking.load(ordering: .relaxed) { return }
        let staysNonblocking = Platform.socketsStayNonblocking || filesNeedNonblocking.load(ordering: .relaxed)
        let isNonblocking = staysNonblocking || !isBlocking
        try SystemCalls.setNonblocking(number, isNonblocking)
        isKeptNonblocking.store(isNonblocking && isBlocking, ordering: .relaxed)
      }
    }
  }
}

extension SocketDescriptor {
  /// The value of an option, as ``Socket/option(_:)`` reads it.
  ///
  /// The corresponding C function is `getsockopt`.
  public func option<Value>(_ option: SocketOption<Value>) throws(SocketError) -> Value {
    try option.value(of: rawValue)
  }

  /// Sets an option, as ``Socket/setOption(_:to:)`` does.
  ///
  /// The corresponding C function is `setsockopt`.
  public func setOption<Value>(_ option: SocketOption<Value>, to value: Value) throws(SocketError) {
    try option.set(value, on: rawValue)
  }
}
