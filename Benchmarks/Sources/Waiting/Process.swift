// SPDX-License-Identifier: Apache-2.0
import Glibc
import SocketSend

/// A process of this program with other arguments. Its descriptor 3 is `socket`, if there is one.
struct ChildProcess {
  private let arguments: [String]
  private let id: pid_t
  private let output: CInt

  init(_ arguments: [String], socket: CInt? = nil) {
    var ends: [CInt] = [-1, -1]
    pipe(&ends)
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    if let socket { posix_spawn_file_actions_adddup2(&actions, socket, 3) }
    var words = (["Waiting"] + arguments).map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    var id = pid_t()
    let error = posix_spawn(&id, "/proc/self/exe", &actions, nil, &words, environ)
    posix_spawn_file_actions_destroy(&actions)
    guard error == 0 else { fatalError("posix_spawn: \(String(cString: strerror(error)))") }
    close(ends[1])
    self.arguments = arguments
    self.id = id
    output = ends[0]
  }

  /// Waits for its end. Returns the numbers it printed.
  func numbers() throws -> [Double] {
    var text: [UInt8] = []
    var room = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = read(output, &room, room.count)
      if count <= 0 { break }
      text += room[..<count]
    }
    close(output)
    var status: CInt = 0
    waitpid(id, &status, 0)
    guard status == 0 else { throw MeasurementFailed(arguments: arguments, status: status) }
    return String(decoding: text, as: UTF8.self).split(separator: " ").compactMap { Double($0.filter { !$0.isNewline }) }
  }
}

struct MeasurementFailed: Error, CustomStringConvertible {
  let arguments: [String]
  let status: CInt

  var description: String { "the process `Waiting \(arguments.joined(separator: " "))` failed with status \(status)" }
}

/// The reader at the other end of a connection, in a process of its own.
struct PeerReader {
  private let process: ChildProcess

  init(_ socket: Socket, pauseMicroseconds: Int) {
    process = ChildProcess(["read", String(pauseMicroseconds)], socket: socket.descriptor.rawValue)
    socket.close()
  }

  func join() throws { _ = try process.numbers() }
}
