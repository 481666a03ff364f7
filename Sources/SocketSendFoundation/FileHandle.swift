// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import SocketSend

extension FileRegion {
  /// A region of the file of a handle.
  ///
  /// The region has the handle's descriptor, and does not keep the handle. The handle has to stay open until the send has returned. A
  /// handle that closes its file when it is released must not be released before that. The file's own offset is neither used nor changed.
  ///
  /// - Parameters:
  ///   - file: A handle of a regular file that is open for reading.
  ///   - offset: Where the region begins, in bytes from the start of the file. Not negative.
  ///   - length: How many bytes the region has; nil for all bytes up to the end that the file has now. Not negative.
  /// - Throws: ``/SocketSend/SocketError``, as the form with a descriptor's number does.
  public init(_ file: FileHandle, offset: Int64 = 0, length: Int? = nil) throws(SocketError) {
    try self.init(file.fileDescriptor, offset: offset, length: length)
  }
}
