// SPDX-License-Identifier: Apache-2.0

#if SystemPackage
  public import SocketSend
  public import SystemPackage

  extension SocketDescriptor {
    /// The same descriptor of a socket, for sending. Who owned it goes on owning it.
    public init(_ descriptor: FileDescriptor) { self.init(rawValue: descriptor.rawValue) }
  }

  extension FileDescriptor {
    /// The same descriptor, for the calls of swift-system. Its owner stays the same: only a ``/SocketSend/Socket`` closes the descriptor
    /// that it owns.
    public init(_ descriptor: SocketDescriptor) { self.init(rawValue: descriptor.rawValue) }
  }

  extension Errno {
    /// The system's number in an error; nil where the system has none for it.
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
