// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Synchronization

/// Opens a pipe, sockets and a file, which are given the numbers that others have just given back; puts bytes in each, and looks
/// whether these, and nothing else, are there a moment later. Returns what is wrong.
func keepCanaries(_ findings: Findings, _ worker: Worker, using generator: inout SeededGenerator) -> [String] {
  worker.move("opens canaries")
  let canary = randomBytes(24, using: &generator)
  let all = [
    Canary("pipe", two { pipe($0) }, canary),
    Canary("Unix stream", two { socketpair(AF_UNIX, closingOnExec(.stream), 0, $0) }, canary),
    Canary("Unix datagram", two { socketpair(AF_UNIX, closingOnExec(.datagram), 0, $0) }, canary),
    Canary("file", [namelessFile()], canary),
  ]
  findings.opened.add(7, ordering: .relaxed)
  if Bool.random(using: &generator) { usleep(.random(in: 0...300, using: &generator)) } else { sched_yield() }
  worker.move("looks at its canaries")
  return all.flatMap { $0.complaints() + $0.close() }
}

/// A descriptor, or two connected ones, with bytes in it that were written to the first and are read from the last.
private struct Canary {
  let kind: String
  let descriptors: [CInt]
  let bytes: [UInt8]
  /// What tells the files behind the numbers from others.
  let identities: [UInt]

  init(_ kind: String, _ descriptors: [CInt], _ bytes: [UInt8]) {
    self.kind = kind
    self.bytes = bytes
    // A pipe is written at its second end.
    self.descriptors = kind == "pipe" ? descriptors.reversed() : descriptors
    identities = descriptors.isEmpty ? [] : self.descriptors.map { status($0).map { UInt($0.st_ino) } ?? 0 }
    precondition(self.descriptors.allSatisfy { $0 >= 0 } && !descriptors.isEmpty, "No descriptor to be had")
    _ = write(self.descriptors[0], bytes, bytes.count)
  }

  func complaints() -> [String] {
    var complaints: [String] = []
    for (descriptor, identity) in zip(descriptors, identities) where status(descriptor).map({ UInt($0.st_ino) }) != identity
    {
      complaints.append("\(kind) \(descriptor) was closed by somebody else")
    }
    // What was replaced is not read from: that could wait for ever.
    if !complaints.isEmpty { return complaints }
    let found = content()
    if found != bytes {
      complaints.append("\(kind) \(descriptors): holds \(found.count) bytes \(found.prefix(8)), not its own")
    }
    return complaints
  }

  private func content() -> [UInt8] {
    var found = [UInt8](repeating: 0, count: 8192)
    let reader = descriptors.last!
    let count: Int
    if kind == "file" {
      count = pread(reader, &found, found.count, 0)
    } else {
      // Non-blocking, so that bytes somebody took away do not stop this thread.
      _ = fcntl(reader, F_SETFL, O_NONBLOCK)
      let first = read(reader, &found, 4096)
      let more = first < 0 ? 0 : read(reader, &found[first], 4096)
      // Exactly one message, or one run of bytes, and the end is not there: that would be a shutdown.
      count = more == -1 ? first : -1
    }
    return Array(found.prefix(max(0, count)))
  }

  func close() -> [String] {
    descriptors.filter { closeFile($0) != 0 }.map { "\(kind) \($0) was not open any more" }
  }
}

private func status(_ descriptor: CInt) -> stat? {
  var status = stat()
  return fstat(descriptor, &status) == 0 ? status : nil
}

private func two(_ open: (UnsafeMutablePointer<CInt>) -> CInt) -> [CInt] {
  var numbers: [CInt] = [-1, -1]
  return open(&numbers) == 0 ? numbers : []
}

private func namelessFile() -> CInt {
  var path = Array("/tmp/socketsend-stress-XXXXXX".utf8CString)
  let file = mkstemp(&path)
  unlink(path)
  return file
}
