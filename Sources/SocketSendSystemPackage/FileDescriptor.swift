// SPDX-License-Identifier: Apache-2.0

#if SystemPackage
  public import SocketSend
  public import SystemPackage

  extension SocketDescriptor {
    /// Takes a socket's descriptor for sending.
    ///
    /// Whoever owned the descriptor before still owns it, and closes it.
    public init(_ descriptor: FileDescriptor) { self.init(rawValue: descriptor.rawValue) }
  }

  extension FileDescriptor {
    /// Takes a descriptor for the calls of swift-system.
    ///
    /// Whoever owned the descriptor before still owns it. If that is a ``/SocketSend/Socket``, the socket still closes it.
    public init(_ descriptor: SocketDescriptor) { self.init(rawValue: descriptor.rawValue) }
  }

  extension FileRegion {
    /// A region of the file of a descriptor.
    ///
    /// The descriptor's owner stays the same, and has to keep it open until the send has returned.
    ///
    /// - Parameters:
    ///   - file: The descriptor of a regular file that is open for reading.
    ///   - offset: Where the region begins, in bytes from the start of the file. Not negative.
    ///   - length: How many bytes the region has; nil for all bytes up to the end that the file has now. Not negative.
    /// - Throws: ``/SocketSend/SocketError``, as the form with a descriptor's number does.
    public init(_ file: FileDescriptor, offset: Int64 = 0, length: Int? = nil) throws(SocketError) {
      try self.init(file.rawValue, offset: offset, length: length)
    }
  }

  extension Errno {
    /// The system's number in an error; nil if the system has no number for the error.
    public init?(_ error: SocketError) {
      if error.errno == 0 { return nil }
      self.init(rawValue: error.errno)
    }
  }

  extension SocketError {
    /// The error that the system's number stands for.
    public init(_ errno: Errno, bytesSent: Int = 0) { self.init(errno: errno.rawValue, bytesSent: bytesSent) }
  }
#endif
