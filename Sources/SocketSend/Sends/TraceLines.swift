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

/// The lines that `SOCKETSEND_TRACE` asks for, on standard error.
///
/// If a program closes descriptor 2, its next file or socket gets that number, and a line would go to a peer or into a file. So a
/// line is written only while descriptor 2 is the file it was at first, and not if that file is a socket the program uses.
enum TraceLines {
  /// Asked once, when the program first makes a socket, sends or adds an observer.
  static let areOn: Bool = {
    // Invariant: getenv's string is read at once and not kept.
    guard let value = unsafe getenv("SOCKETSEND_TRACE") else { return false }
    return unsafe value[0] != 0 && String(cString: value) != "0"
  }()

  /// nil where no line is to be written.
  private static let standardError = Locked(fileAtFirst)

  private static var fileAtFirst: SystemCalls.File? {
    guard let file = SystemCalls.file(of: STDERR_FILENO) else { return nil }
    if !file.isSocket { return file }
    // A service manager's log may be a Unix socket. An Internet socket leads to a peer of the program, as with inetd.
    return (try? SystemCalls.localAddress(of: STDERR_FILENO).family) == .unix ? file : nil
  }

  /// Stops all lines if standard error is this socket.
  static func avoid(_ descriptor: SocketDescriptor) {
    standardError.withLock { file in
      if file?.isSocket == true, file == SystemCalls.file(of: descriptor.rawValue) { file = nil }
    }
  }

  static func add(_ trace: SendTrace) {
    avoid(trace.descriptor)
    // Descriptor 2 can change between this check and the write only if another thread closes it.
    guard let file = standardError.withLock({ $0 }), file == SystemCalls.file(of: STDERR_FILENO) else { return }
    var line = trace.description + "\n"
    // One write for each line keeps the lines of several threads whole. If nobody reads standard error, this write blocks or
    // fails like any write of the program.
    // Invariant: the pointer is used during the closure alone.
    line.withUTF8 { bytes in _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}
