// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

private typealias Code = SocketError.Code

/// The table of .NET errors: errno, code, the number of Windows Sockets, its name.
private let table: [Row] = commonTable + missingData
private typealias Row = (errno: CInt, code: Code, number: Int32, name: String)

// FreeBSD has no error number for missing data.
#if os(FreeBSD)
  private let missingData: [Row] = []
  private let codesAlone = commonCodesAlone + [(.noData, 11004, "noData")]
#else
  private let missingData: [Row] = [(ENODATA, .noData, 11004, "noData")]
  private let codesAlone = commonCodesAlone
#endif

private let commonTable: [Row] = [
  (0, .success, 0, "success"),
  (EPERM, .accessDenied, 10013, "accessDenied"),
  (EACCES, .accessDenied, 10013, "accessDenied"),
  (ENOENT, .addressNotAvailable, 10049, "addressNotAvailable"),
  (EINTR, .interrupted, 10004, "interrupted"),
  (ENXIO, .hostNotFound, 11001, "hostNotFound"),
  (EBADF, .operationAborted, 995, "operationAborted"),
  (ECANCELED, .operationAborted, 995, "operationAborted"),
  (EAGAIN, .wouldBlock, 10035, "wouldBlock"),
  (EFAULT, .fault, 10014, "fault"),
  (EINVAL, .invalidArgument, 10022, "invalidArgument"),
  (ENFILE, .tooManyOpenSockets, 10024, "tooManyOpenSockets"),
  (EMFILE, .tooManyOpenSockets, 10024, "tooManyOpenSockets"),
  (EPIPE, .shutdown, 10058, "shutdown"),
  (ENOTSOCK, .notSocket, 10038, "notSocket"),
  (EDESTADDRREQ, .destinationAddressRequired, 10039, "destinationAddressRequired"),
  (EMSGSIZE, .messageSize, 10040, "messageSize"),
  (EPROTOTYPE, .protocolType, 10041, "protocolType"),
  (ENOPROTOOPT, .protocolOption, 10042, "protocolOption"),
  (EPROTONOSUPPORT, .protocolNotSupported, 10043, "protocolNotSupported"),
  (ESOCKTNOSUPPORT, .socketNotSupported, 10044, "socketNotSupported"),
  (ENOTSUP, .operationNotSupported, 10045, "operationNotSupported"),
  (EOPNOTSUPP, .operationNotSupported, 10045, "operationNotSupported"),
  (EPFNOSUPPORT, .protocolFamilyNotSupported, 10046, "protocolFamilyNotSupported"),
  (EAFNOSUPPORT, .addressFamilyNotSupported, 10047, "addressFamilyNotSupported"),
  (EADDRINUSE, .addressAlreadyInUse, 10048, "addressAlreadyInUse"),
  (EADDRNOTAVAIL, .addressNotAvailable, 10049, "addressNotAvailable"),
  (ENETDOWN, .networkDown, 10050, "networkDown"),
  (ENETUNREACH, .networkUnreachable, 10051, "networkUnreachable"),
  (ENETRESET, .networkReset, 10052, "networkReset"),
  (ECONNABORTED, .connectionAborted, 10053, "connectionAborted"),
  (ECONNRESET, .connectionReset, 10054, "connectionReset"),
  (ENOBUFS, .noBufferSpaceAvailable, 10055, "noBufferSpaceAvailable"),
  (ENOMEM, .noBufferSpaceAvailable, 10055, "noBufferSpaceAvailable"),
  (EISCONN, .isConnected, 10056, "isConnected"),
  (ENOTCONN, .notConnected, 10057, "notConnected"),
  (ESHUTDOWN, .disconnecting, 10101, "disconnecting"),
  (ETIMEDOUT, .timedOut, 10060, "timedOut"),
  (ECONNREFUSED, .connectionRefused, 10061, "connectionRefused"),
  (EHOSTDOWN, .hostDown, 10064, "hostDown"),
  (EHOSTUNREACH, .hostUnreachable, 10065, "hostUnreachable"),
  (EALREADY, .alreadyInProgress, 10037, "alreadyInProgress"),
  (EINPROGRESS, .inProgress, 10036, "inProgress"),
]

/// The codes that no errno stands for.
private let commonCodesAlone: [(code: Code, number: Int32, name: String)] = [
  (.ioPending, 997, "ioPending"),
  (.processLimit, 10067, "processLimit"),
  (.systemNotReady, 10091, "systemNotReady"),
  (.versionNotSupported, 10092, "versionNotSupported"),
  (.notInitialized, 10093, "notInitialized"),
  (.typeNotFound, 10109, "typeNotFound"),
  (.tryAgain, 11002, "tryAgain"),
  (.noRecovery, 11003, "noRecovery"),
  (.closed, 6, "closed"),
  (.socketError, -1, "socketError"),
]

@Suite("errno → SocketError.Code") struct ErrnoTableTests {
  @Test("each errno of the table has .NET's code", arguments: table.indices)
  func mapsErrno(index: Int) {
    let row = table[index]
    let error = SocketError(errno: row.errno, bytesSent: 17)
    #expect(error.code == row.code)
    #expect(error.code.rawValue == row.number)
    #expect(error.errno == row.errno, "the system's own number stays beside it")
    #expect(error.bytesSent == 17)
  }

  @Test("anything else SocketError -1")
  func mapsUnknown() {
    let known = Set(table.map(\.errno))
    for errno in CInt(-1)...4095 where !known.contains(errno) {
      let error = SocketError(errno: errno)
      #expect(error.code == .socketError && error.code.rawValue == -1 && error.errno == errno, "errno \(errno)")
    }
  }

  @Test("each code has .NET's number, and a number its code")
  func numbersBothWays() {
    let all = table.map { ($0.code, $0.number, $0.name) } + codesAlone.map { ($0.code, $0.number, $0.name) }
    for (code, number, name) in all {
      #expect(code.rawValue == number)
      #expect(Code(rawValue: number) == code)
      #expect(code.description == "\(name) (\(number))")
    }
  }

  @Test("different codes have different numbers")
  func numbersAreDistinct() {
    let names = Set(table.map(\.name) + codesAlone.map(\.name))
    let numbers = Set(table.map(\.number) + codesAlone.map(\.number))
    #expect(names.count == numbers.count)
    #expect(numbers.count == 48)
  }

  @Test("an unknown number is kept as it is")
  func unknownNumber() {
    #expect(Code(rawValue: 12345).rawValue == 12345)
    #expect(Code(rawValue: 12345).description == "unknown (12345)")
  }

  @Test("errors are equal by code, errno, count, and whose time-out it was")
  func comparesAndHashes() {
    let error = SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 5)
    #expect(error == SocketError(errno: ETIMEDOUT, bytesSent: 5))
    #expect(error != SocketError(errno: ETIMEDOUT, bytesSent: 6))
    #expect(error == SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 5, isOwnTimeout: false))
    #expect(error != SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 5, isOwnTimeout: true))
    #expect(!error.isOwnTimeout && !SocketError(code: .timedOut).isOwnTimeout)
    #expect(Set([error, SocketError(errno: ETIMEDOUT, bytesSent: 5), SocketError(errno: EPIPE)]).count == 2)
  }
}
