// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Standard input, output and error, made such that every use of one that cannot be used is an error.
enum StandardStreams {
  static func prepare() {
    openClosedOnes()
    // Else a write to a pipe that nobody reads any more, or beyond the length that a file may have (ulimit -f), would end the
    // program without a word.
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }

  /// A socket that got the number of a closed standard output would be sent the answer. What is opened in its stead fails as
  /// the closed one would: it cannot be written, and in the stead of standard input it cannot be read.
  private static func openClosedOnes() {
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(descriptor, F_GETFD) < 0 {
      // It gets this number, the lowest that is free.
      _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
    }
  }
}
