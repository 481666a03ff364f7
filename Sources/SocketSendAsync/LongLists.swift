// SPDX-License-Identifier: Apache-2.0

import SocketSend

/// A list of more segments takes more than one system call.
let mostAtOnce = 1024

extension Deadline {
  /// Whether a time-out greater than 0 has passed. A time-out of 0 sends what fits now, however long that takes.
  var isPassed: Bool { hasTime && nanosecondsLeft == 0 }
}
