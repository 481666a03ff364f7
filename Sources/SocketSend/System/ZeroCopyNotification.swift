// SPDX-License-Identifier: Apache-2.0

/// Linux's report that it has let go of the memory of some sends by zero copy. It numbers these sends on each socket from 0 on, in 32 bits.
struct ZeroCopyNotification: Equatable {
  /// The number of the first of these sends.
  var first: UInt32
  /// The number of the last of these sends; it can be the first one too.
  var last: UInt32
  /// Whether the kernel copied the bytes of at least one of these sends.
  var wasCopied: Bool

  /// How many sends the notification is for. After 2^32 sends the numbers begin again at 0, so the subtraction wraps.
  var count: Int { Int(last &- first) + 1 }
}

extension ZeroCopyNotification {
  /// Finds the notification in an entry's control messages. Nil if the entry is something else: an ICMP error, a timestamp.
  ///
  ///     control message   length (a word), level (4 bytes), type (4), data; the next one begins at a multiple of a word
  ///     data              errno (4), origin (1), type (1), code (1), padding (1), first (4), last (4)
  init?(control: [UInt8]) {
    let word = MemoryLayout<UInt>.size
    var rest = control[...]
    while let length = rest.number(at: 0, as: UInt.self).flatMap({ Int(exactly: $0) }), length >= word + 8 {
      let message = rest.prefix(length)
      if let notification = Self(message: message, dataAt: word + 8) {
        self = notification
        return
      }
      // Checked by subtraction, since the length may be any number.
      rest = rest.dropFirst(length > rest.count - word ? rest.count : (length + word - 1) / word * word)
    }
    return nil
  }

  private init?(message: ArraySlice<UInt8>, dataAt data: Int) {
    guard let level = message.number(at: data - 8, as: CInt.self), let type = message.number(at: data - 4, as: CInt.self),
      Self.kinds.contains(where: { $0 == (level, type) }),
      message.number(at: data, as: UInt32.self) == 0, message.number(at: data + 4, as: UInt8.self) == Self.origin,
      let code = message.number(at: data + 6, as: UInt8.self), let first = message.number(at: data + 8, as: UInt32.self),
      let last = message.number(at: data + 12, as: UInt32.self)
    else { return nil }
    self.init(first: first, last: last, wasCopied: code == Self.codeCopied)
  }

  /// IP_RECVERR of SOL_IP, and IPV6_RECVERR of SOL_IPV6.
  private static var kinds: [(CInt, CInt)] { [(0, 11), (41, 25)] }
  /// SO_EE_ORIGIN_ZEROCOPY
  private static var origin: UInt8 { 5 }
  /// SO_EE_CODE_ZEROCOPY_COPIED
  private static var codeCopied: UInt8 { 1 }
}

extension ArraySlice<UInt8> {
  /// The number that begins `offset` bytes after the start, in the machine's order of bytes; nil if the slice ends before it does.
  fileprivate func number<Number: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: Number.Type) -> Number? {
    guard count >= offset + MemoryLayout<Number>.size else { return nil }
    // Invariant: the bytes are inside, as checked, and any bytes are a number.
    return unsafe withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: type) }
  }
}
