// SPDX-License-Identifier: Apache-2.0

extension SocketError: CustomStringConvertible {
  /// The error in words, for example `timed out (10060, errno 110: Connection timed out), 748296 bytes sent`.
  ///
  /// The code's name and .NET's number, the system's number and text, `own time-out` if the operation's time-out passed, and the bytes
  /// sent. What is 0 is left out. The system's text is in the language that the program set.
  public var description: String {
    let system = errno == 0 ? "" : ", errno \(errno): \(SystemCalls.text(of: errno))"
    let own = isOwnTimeout ? ", own time-out" : ""
    let sent = bytesSent == 0 ? "" : ", \(bytesSent) \(bytesSent == 1 ? "byte" : "bytes") sent"
    return "\(code.words) (\(code.rawValue)\(system))\(own)\(sent)"
  }
}

extension SocketError.Code {
  /// The name in plain words: `timed out` for `timedOut`.
  fileprivate var words: String {
    name.reduce(into: "") { words, letter in words += letter.isUppercase ? " \(letter.lowercased())" : "\(letter)" }
  }
}
