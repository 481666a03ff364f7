// SPDX-License-Identifier: Apache-2.0

import Common
import Foundation

/// How many connections the process has descriptors for. Some descriptors stay free: for what the server waits with, and in a program
/// that uses Dispatch for a file that it opens now and then for a moment. It ends the process if that fails.
public func mostConnections() throws -> Int {
  let most = sysconf(Int32(_SC_OPEN_MAX)) - 32
  guard most > 0 else { throw Failure("the process may open too few files (ulimit -n)") }
  return most
}
