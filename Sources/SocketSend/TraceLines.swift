// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The lines that `SOCKETSEND_TRACE` asks for, on standard error.
///
/// A program may close descriptor 2, and its next socket or file gets that number: a line would reach a peer, or stand in the
/// middle of a file. So lines go to the one file that descriptor 2 stood for at first, and only if that is no socket of the program.
enum TraceLines {
  /// Asked once, when the program first makes a socket or sends.
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

  /// Writes no line from now on if standard error is this socket, which the program uses itself.
  static func avoid(_ descriptor: SocketDescriptor) {
    standardError.withLock { file in
      if file?.isSocket == true, file == SystemCalls.file(of: descriptor.rawValue) { file = nil }
    }
  }

  static func add(_ trace: SendTrace) {
    avoid(trace.descriptor)
    // Only a program that closes descriptor 2 in one thread while another sends can change it between this look and the write.
    guard let file = standardError.withLock({ $0 }), file == SystemCalls.file(of: STDERR_FILENO) else { return }
    var line = trace.description + "\n"
    // One write a line, so that lines of several threads stay whole. Standard error is the program's own: where nobody reads it,
    // this write waits or ends as the program's others do.
    // Invariant: the pointer is used during the closure alone.
    line.withUTF8 { bytes in _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
  }
}
