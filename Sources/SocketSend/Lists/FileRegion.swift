// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// A part of a file, as a segment of a list to send.
///
/// `try socket.send([header, FileRegion(file), trailer])` sends a whole file between two segments. <doc:Files> has an example.
///
/// On a stream on Linux, `sendfile` sends a region of more than 32 KiB in two cases: the descriptor is in non-blocking mode, or the send
/// may block without a limit. A ``Socket`` sets non-blocking mode for a send with a time-out. Bytes that go by `sendfile` do not pass
/// through the program's memory. All other bytes are read into 64 KiB of memory, and sent with the segments beside them. On TCP without
/// `noDelay`, the last 256 to 288 KiB of a region are read too if more bytes follow. On a datagram or seqpacket socket the send reads
/// the region into the message.
///
/// The file's own offset is neither used nor changed, so several regions may be of one file. The descriptor has to stay open until the send
/// has returned. The bytes of a region that went by `sendfile` have to stay as they are until the peer has received them. The socket's
/// buffer holds no copy of them, so the peer gets what the file holds when the bytes leave. A region that was read may be changed as
/// soon as the send has returned.
///
/// If the file ends before the region does, a send on a stream sends the bytes before the end. It then throws an error with the `errno`
/// `ENODATA` (`EIO` on systems without that number) and the count. If the file cannot be read, all bytes before the one that cannot be read
/// are sent, and the error has the `errno` of `pread`. On a datagram or seqpacket socket nothing is sent in both cases.
///
/// A send with ``SocketFlags/outOfBand`` and a region throws ``SocketError/Code/invalidArgument``.
///
/// .NET's `SendFile` sends one file with memory before and after it. The corresponding C functions are `sendv_file_part` and
/// `sendv_perform_parts`.
public struct FileRegion: ByteSegment, Hashable, Sendable {
  /// The file's descriptor.
  public let descriptor: CInt
  /// Where the region begins, in bytes from the start of the file.
  public let offset: Int64
  /// How many bytes the region has.
  public let byteCount: Int

  /// A region of a file.
  ///
  /// - Parameters:
  ///   - descriptor: The descriptor of a regular file that is open for reading.
  ///   - offset: Where the region begins, in bytes from the start of the file. Not negative.
  ///   - length: How many bytes the region has; nil for all bytes up to the end that the file has now. Give a length for a file of `/proc`,
  ///     which reports none, and for a block device. Not negative.
  /// - Throws: ``SocketError``. Its `errno` is `EINVAL` for a negative offset or length. Without a length, it is `EINVAL` too for an offset
  ///   beyond the file's end and for a block device. It is `ESPIPE` for a pipe, a socket, a terminal or another character device, since a
  ///   send that resumes could not read their bytes again. A directory is `EISDIR`, and a descriptor that is not open is `EBADF`. On a
  ///   32-bit system, a region of 2 GiB or more is `EOVERFLOW`.
  public init(_ descriptor: CInt, offset: Int64 = 0, length: Int? = nil) throws(SocketError) {
    if let length, length < 0 { throw SocketError(errno: EINVAL) }
    var part = unsafe sendv_part()
    // Invariant: the pointer to `part` is good during the call, and the call writes nothing else.
    let errno = unsafe sendv_file_part(descriptor, offset, length.map { Int64($0) } ?? -1, &part)
    if errno != 0 { throw SocketError(errno: errno) }
    // C's type is unsigned. On a 32-bit system, the rest of a file can be longer than any `Int`.
    guard let count = unsafe Int(exactly: UInt(bitPattern: part.length)) else { throw SocketError(errno: EOVERFLOW) }
    self.init(descriptor: descriptor, offset: offset, byteCount: count)
  }

  private init(descriptor: CInt, offset: Int64, byteCount: Int) {
    self.descriptor = descriptor
    self.offset = offset
    self.byteCount = byteCount
  }

  /// A part of this region.
  ///
  /// - Parameter range: The bytes of the part, counted from the start of this region. A range that is not within the region traps.
  public subscript(range: Range<Int>) -> FileRegion {
    precondition(range.lowerBound >= 0 && range.upperBound <= byteCount, "The range is not within the region")
    return FileRegion(descriptor: descriptor, offset: offset + Int64(range.lowerBound), byteCount: range.count)
  }

  /// Adds the region as one segment.
  @unsafe
  public func addBytes(to list: inout SegmentList) {
    list.append(file: self)
  }
}
