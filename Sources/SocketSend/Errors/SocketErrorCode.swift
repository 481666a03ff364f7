// SPDX-License-Identifier: Apache-2.0

import CSendShim

extension SocketError {
  /// The kind of an error: an open set of numbers.
  ///
  /// They are those of .NET's `SocketError`, which are Windows Sockets' numbers. Only ``closed`` is not in .NET's set: .NET throws
  /// `ObjectDisposedException`.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// .NET's number, which is Windows Sockets'.
    public let rawValue: Int32

    /// The kind with this number, even if the number has no name here.
    public init(rawValue: Int32) { self.rawValue = rawValue }

    /// The operation succeeded.
    public static var success: Code { Code(rawValue: 0) }
    /// The descriptor is not open, or the operation was cancelled.
    public static var operationAborted: Code { Code(rawValue: 995) }
    /// An overlapped operation of Windows is under way.
    ///
    /// No errno value has this code, so nothing here throws it.
    public static var ioPending: Code { Code(rawValue: 997) }
    /// The operation was interrupted.
    ///
    /// A send on a socket that is not a stream throws this if the socket is closed meanwhile.
    public static var interrupted: Code { Code(rawValue: 10_004) }
    /// The operation is not permitted.
    public static var accessDenied: Code { Code(rawValue: 10_013) }
    /// A buffer is not in readable memory.
    public static var fault: Code { Code(rawValue: 10_014) }
    /// An argument is not valid, for example a list without segments.
    public static var invalidArgument: Code { Code(rawValue: 10_022) }
    /// The process or the system has no descriptor left.
    public static var tooManyOpenSockets: Code { Code(rawValue: 10_024) }
    /// The operation may not wait, and there was no room, nothing to receive, or another send under way.
    ///
    /// On Linux, a send or a `connect` on a UDP socket also throws this if no local port is free, even if it may wait. In all these
    /// cases, a send that obeys a time-out of zero throws ``timedOut`` instead.
    public static var wouldBlock: Code { Code(rawValue: 10_035) }
    /// The operation has begun and is not done, for example a connect.
    public static var inProgress: Code { Code(rawValue: 10_036) }
    /// The operation was under way already.
    public static var alreadyInProgress: Code { Code(rawValue: 10_037) }
    /// The descriptor is not a socket.
    public static var notSocket: Code { Code(rawValue: 10_038) }
    /// A UDP socket has no peer and the call names none.
    ///
    /// On Linux, a Unix datagram socket throws ``notConnected`` instead.
    public static var destinationAddressRequired: Code { Code(rawValue: 10_039) }
    /// The datagram is longer than the socket takes.
    ///
    /// Nothing was sent.
    public static var messageSize: Code { Code(rawValue: 10_040) }
    /// The protocol does not fit the socket's kind.
    public static var protocolType: Code { Code(rawValue: 10_041) }
    /// The protocol does not have this option.
    public static var protocolOption: Code { Code(rawValue: 10_042) }
    /// The system does not have the protocol.
    public static var protocolNotSupported: Code { Code(rawValue: 10_043) }
    /// The address family does not have this kind of socket.
    public static var socketNotSupported: Code { Code(rawValue: 10_044) }
    /// The socket does not have this operation, or a send does not accept one of the flags.
    public static var operationNotSupported: Code { Code(rawValue: 10_045) }
    /// The system does not have the protocol family.
    public static var protocolFamilyNotSupported: Code { Code(rawValue: 10_046) }
    /// The system does not have the address family, or the socket has another family.
    public static var addressFamilyNotSupported: Code { Code(rawValue: 10_047) }
    /// The address is in use.
    public static var addressAlreadyInUse: Code { Code(rawValue: 10_048) }
    /// The address is not one of this host's, or the path does not exist.
    public static var addressNotAvailable: Code { Code(rawValue: 10_049) }
    /// The network is down.
    public static var networkDown: Code { Code(rawValue: 10_050) }
    /// No route leads to the peer.
    public static var networkUnreachable: Code { Code(rawValue: 10_051) }
    /// The network dropped the connection.
    public static var networkReset: Code { Code(rawValue: 10_052) }
    /// The connection was aborted on this side.
    ///
    /// A send on a stream throws this if the socket is closed meanwhile.
    public static var connectionAborted: Code { Code(rawValue: 10_053) }
    /// The peer reset the connection.
    public static var connectionReset: Code { Code(rawValue: 10_054) }
    /// The system is short of memory for the operation.
    public static var noBufferSpaceAvailable: Code { Code(rawValue: 10_055) }
    /// The socket is connected already.
    public static var isConnected: Code { Code(rawValue: 10_056) }
    /// The socket is not connected.
    public static var notConnected: Code { Code(rawValue: 10_057) }
    /// Sending was shut down, here or by the peer.
    ///
    /// On Linux, a send on a TCP socket that was never connected throws this too. Other systems throw ``notConnected``.
    public static var shutdown: Code { Code(rawValue: 10_058) }
    /// The operation's time-out passed, or the network gave the connection up.
    ///
    /// ``SocketError/isOwnTimeout`` says which.
    public static var timedOut: Code { Code(rawValue: 10_060) }
    /// No socket listens at the address.
    public static var connectionRefused: Code { Code(rawValue: 10_061) }
    /// The host is down.
    public static var hostDown: Code { Code(rawValue: 10_064) }
    /// No route leads to the host.
    public static var hostUnreachable: Code { Code(rawValue: 10_065) }
    /// Too many processes.
    ///
    /// It has no errno value.
    public static var processLimit: Code { Code(rawValue: 10_067) }
    /// The network system is not ready.
    ///
    /// It has no errno value.
    public static var systemNotReady: Code { Code(rawValue: 10_091) }
    /// The version is not supported.
    ///
    /// It has no errno value.
    public static var versionNotSupported: Code { Code(rawValue: 10_092) }
    /// The network system is not initialized.
    ///
    /// It has no errno value.
    public static var notInitialized: Code { Code(rawValue: 10_093) }
    /// The other end is shutting down.
    public static var disconnecting: Code { Code(rawValue: 10_101) }
    /// The service is unknown.
    ///
    /// It has no errno value; a host look-up throws it.
    public static var typeNotFound: Code { Code(rawValue: 10_109) }
    /// The host name is unknown.
    public static var hostNotFound: Code { Code(rawValue: 11_001) }
    /// The host name could not be looked up just now.
    ///
    /// It has no errno value; a host look-up throws it.
    public static var tryAgain: Code { Code(rawValue: 11_002) }
    /// The name server failed.
    ///
    /// It has no errno value; a host look-up throws it.
    public static var noRecovery: Code { Code(rawValue: 11_003) }
    /// The name is known and has no address of this kind, or a file ended before its ``FileRegion`` did (`ENODATA`).
    ///
    /// On FreeBSD, which has no `ENODATA`, such a file is ``socketError`` with the `errno` `EIO`.
    public static var noData: Code { Code(rawValue: 11_004) }
    /// The socket was closed in this program, with ``Socket/close()``: .NET's ObjectDisposedException.
    ///
    /// Nothing was sent.
    public static var closed: Code { Code(rawValue: 6) }
    /// Any other error; ``SocketError/errno`` has its number.
    public static var socketError: Code { Code(rawValue: -1) }

    /// The name and the number, for example `timedOut (10060)`.
    public var description: String { "\(name) (\(rawValue))" }
  }
}

extension SocketError.Code {
  /// The name of the code in this module, or `unknown` for a number it does not know.
  package var name: String {
    switch self {
    case .success: "success"
    case .operationAborted: "operationAborted"
    case .ioPending: "ioPending"
    case .interrupted: "interrupted"
    case .accessDenied: "accessDenied"
    case .fault: "fault"
    case .invalidArgument: "invalidArgument"
    case .tooManyOpenSockets: "tooManyOpenSockets"
    case .wouldBlock: "wouldBlock"
    case .inProgress: "inProgress"
    case .alreadyInProgress: "alreadyInProgress"
    case .notSocket: "notSocket"
    case .destinationAddressRequired: "destinationAddressRequired"
    case .messageSize: "messageSize"
    case .protocolType: "protocolType"
    case .protocolOption: "protocolOption"
    case .protocolNotSupported: "protocolNotSupported"
    case .socketNotSupported: "socketNotSupported"
    case .operationNotSupported: "operationNotSupported"
    case .protocolFamilyNotSupported: "protocolFamilyNotSupported"
    case .addressFamilyNotSupported: "addressFamilyNotSupported"
    case .addressAlreadyInUse: "addressAlreadyInUse"
    case .addressNotAvailable: "addressNotAvailable"
    case .networkDown: "networkDown"
    case .networkUnreachable: "networkUnreachable"
    case .networkReset: "networkReset"
    case .connectionAborted: "connectionAborted"
    case .connectionReset: "connectionReset"
    case .noBufferSpaceAvailable: "noBufferSpaceAvailable"
    case .isConnected: "isConnected"
    case .notConnected: "notConnected"
    case .shutdown: "shutdown"
    case .timedOut: "timedOut"
    case .connectionRefused: "connectionRefused"
    case .hostDown: "hostDown"
    case .hostUnreachable: "hostUnreachable"
    case .processLimit: "processLimit"
    case .systemNotReady: "systemNotReady"
    case .versionNotSupported: "versionNotSupported"
    case .notInitialized: "notInitialized"
    case .disconnecting: "disconnecting"
    case .typeNotFound: "typeNotFound"
    case .hostNotFound: "hostNotFound"
    case .tryAgain: "tryAgain"
    case .noRecovery: "noRecovery"
    case .noData: "noData"
    case .closed: "closed"
    case .socketError: "socketError"
    default: "unknown"
    }
  }

  /// The code for the system's error number, as .NET maps it on Unix. `EOPNOTSUPP` and `ENOTSUP` are one number on Linux, and two on
  /// Darwin. `ENOMEM`, which has no code in .NET, becomes `noBufferSpaceAvailable`.
  init(errno: CInt) {
    self =
      switch errno {
      // First, because on FreeBSD Platform.missingData is 0 too.
      case 0: .success
      case EPERM: .accessDenied
      case EACCES: .accessDenied
      case ENOENT: .addressNotAvailable
      case EINTR: .interrupted
      case ENXIO: .hostNotFound
      case EBADF: .operationAborted
      case ECANCELED: .operationAborted
      case EAGAIN: .wouldBlock
      case EFAULT: .fault
      case EINVAL: .invalidArgument
      case ENFILE: .tooManyOpenSockets
      case EMFILE: .tooManyOpenSockets
      case EPIPE: .shutdown
      case Platform.missingData: .noData
      case ENOTSOCK: .notSocket
      case EDESTADDRREQ: .destinationAddressRequired
      case EMSGSIZE: .messageSize
      case EPROTOTYPE: .protocolType
      case ENOPROTOOPT: .protocolOption
      case EPROTONOSUPPORT: .protocolNotSupported
      case ESOCKTNOSUPPORT: .socketNotSupported
      case EOPNOTSUPP: .operationNotSupported
      case ENOTSUP: .operationNotSupported
      case EPFNOSUPPORT: .protocolFamilyNotSupported
      case EAFNOSUPPORT: .addressFamilyNotSupported
      case EADDRINUSE: .addressAlreadyInUse
      case EADDRNOTAVAIL: .addressNotAvailable
      case ENETDOWN: .networkDown
      case ENETUNREACH: .networkUnreachable
      case ENETRESET: .networkReset
      case ECONNABORTED: .connectionAborted
      case ECONNRESET: .connectionReset
      case ENOBUFS: .noBufferSpaceAvailable
      case ENOMEM: .noBufferSpaceAvailable
      case EISCONN: .isConnected
      case ENOTCONN: .notConnected
      case ESHUTDOWN: .disconnecting
      case ETIMEDOUT: .timedOut
      case ECONNREFUSED: .connectionRefused
      case EHOSTDOWN: .hostDown
      case EHOSTUNREACH: .hostUnreachable
      case EALREADY: .alreadyInProgress
      case EINPROGRESS: .inProgress
      default: .socketError
      }
  }
}
