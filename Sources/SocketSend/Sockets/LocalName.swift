// SPDX-License-Identifier: Apache-2.0

import Synchronization

// What a socket's local address tells about the socket.

extension SocketDescriptor {
  /// Whether this is an Internet socket that has no port yet. If a send on it gets EAGAIN, no port is free, and the socket is not full.
  package var lacksPort: Bool { (try? SystemCalls.localAddress(of: rawValue))?.port == 0 }

  package var isUnixStream: Bool { kind == .stream && isUnix }

  fileprivate var isUnix: Bool { (try? SystemCalls.localAddress(of: rawValue))?.family == .unix }
}

extension Socket {
  /// Whether this is a Unix stream. The system is asked once.
  package var isUnixStream: Bool {
    if !isStream { return false }
    let known = isUnix.load(ordering: .relaxed)
    if known >= 0 { return known == 1 }
    let isUnix = descriptor.isUnix
    self.isUnix.store(isUnix ? 1 : 0, ordering: .relaxed)
    return isUnix
  }
}
