// SPDX-License-Identifier: Apache-2.0

import CEpoll
import Foundation
import SocketSend

/// Signals that arrive at a descriptor, so that the loop waits for them as for everything else.
struct Signals: ~Copyable {
  /// Ready to be read once a signal has come. Nobody needs to read it.
  let descriptor: CInt

  /// Takes these signals from their handlers. In a program with several threads, do it before the second one begins.
  init(_ numbers: [CInt]) throws(SocketError) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in numbers { sigaddset(&signals, number) }
    sigprocmask(SIG_BLOCK, &signals, nil)
    descriptor = signalfd(-1, &signals, CInt(SFD_CLOEXEC))
    if descriptor < 0 { throw SocketError(errno: errno) }
  }

  deinit { close(descriptor) }
}
