// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif
public import SocketSend

extension SocketError: LocalizedError {
  /// The error in words, as its `description` has them, so that `localizedDescription` says the same.
  public var errorDescription: String? { description }
}
