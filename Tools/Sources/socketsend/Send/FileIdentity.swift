// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Which file it is, whatever its name. Terminals, other such devices and sockets have none: what is read from them is not what
/// was written to them.
struct FileIdentity: Hashable, Sendable {
  let device: dev_t
  let inode: ino_t

  init?(_ status: stat) {
    if [S_IFCHR, S_IFSOCK].contains(status.st_mode & S_IFMT) { return nil }
    device = status.st_dev
    inode = status.st_ino
  }
}

extension stat {
  var isRegular: Bool { st_mode & S_IFMT == S_IFREG }
  var isDirectory: Bool { st_mode & S_IFMT == S_IFDIR }
}
