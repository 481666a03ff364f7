// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// Threads that open and close descriptors without a pause, so that a number which is given back to the system is at once
/// somebody else's. They look whether anything happened to their descriptors that they did not do.
final class DescriptorChurn: Sendable {
  private let stop = Flag()
  private let threads: [OwnThread<Void>]
  private let findings = Found()

  final class Found: Sendable {
    let rounds = Atomic<Int>(0)
    /// Bytes that these threads did not write.
    let foreignBytes = Atomic<Int>(0)
    /// Descriptors that somebody else had closed.
    let stolen = Atomic<Int>(0)
  }

  init(threads count: Int = 3) {
    threads = (0..<count).map { [stop, findings] _ in
      OwnThread<Void>.looping(until: stop) { Self.openAndClose(findings) }
    }
  }

  /// Ends the threads. Returns what they found.
  func end() async -> Found {
    stop.raise()
    for thread in threads { await thread.value }
    return findings
  }

  private static func openAndClose(_ found: Found) {
    let sockets = twoDescriptors { socketpair(AF_UNIX, closingOnExec(.stream), 0, $0) }
    let messages = twoDescriptors { socketpair(AF_UNIX, closingOnExec(.datagram), 0, $0) }
    let pipes = twoDescriptors { pipe($0) }
    let all = sockets + messages + pipes + [namelessFile()]
    sched_yield()
    for descriptor in all { lookForBytes(descriptor, found) }
    for descriptor in all where close(descriptor) != 0 { found.stolen.add(1, ordering: .relaxed) }
    found.rounds.add(1, ordering: .relaxed)
  }

  private static func namelessFile() -> CInt {
    var path = Array("/tmp/socketsend-tests-XXXXXX".utf8CString)
    let file = mkstemp(&path)
    unlink(path)
    return file
  }

  private static func twoDescriptors(_ open: (UnsafeMutablePointer<CInt>) -> CInt) -> [CInt] {
    var numbers: [CInt] = [-1, -1]
    return open(&numbers) == 0 ? numbers : []
  }

  private static func lookForBytes(_ descriptor: CInt, _ found: Found) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      found.stolen.add(1, ordering: .relaxed)
      return
    }
    var waiting: CInt = 0
    if status.st_mode & S_IFMT == S_IFREG {
      waiting = CInt(status.st_size)
    } else if ioctl(descriptor, bytesToRead, &waiting) != 0 {
      waiting = 0  // the end of a pipe that is for writing, on some systems
    }
    if waiting != 0 { found.foreignBytes.add(Int(waiting), ordering: .relaxed) }
  }
}

/// The request FIONREAD, which Darwin and FreeBSD have as an expression that Swift does not see.
#if os(Linux) || os(Android)
  private let bytesToRead = UInt(FIONREAD)
#else
  private let bytesToRead: UInt = 0x4004_667f
#endif
