// SPDX-License-Identifier: Apache-2.0

import CSendShim

/// How a list is to be sent.
///
/// The raw values up to bit 15 are .NET's `SocketFlags`; the platform's own flags begin at bit 16.
///
/// A send accepts ``outOfBand``, ``peek``, ``dontRoute``, ``truncated``, ``controlDataTruncated`` and the platform's own;
/// for any other bit it throws ``SocketError/Code/operationNotSupported`` without a system call, as .NET does.
public struct SocketFlags: OptionSet, Hashable, Sendable {
  /// The bits: .NET's up to 15, the platform's own from 16 on.
  public let rawValue: Int32

  /// Flags with these bits.
  ///
  /// A send throws ``SocketError/Code/operationNotSupported`` for bits that it does not accept.
  @inlinable
  public init(rawValue: Int32) { self.rawValue = rawValue }

  /// No flag: a plain send.
  ///
  /// Corresponds to .NET's `SocketFlags.None`, and is the same as `[]`.
  public static var none: SocketFlags { [] }
  /// Marks the last byte of the list as urgent (`MSG_OOB`).
  ///
  /// Stream sockets only. On a datagram or seqpacket socket, a send throws ``SocketError/Code/operationNotSupported`` and sends nothing.
  ///
  /// The last byte goes in a system call of its own. A Unix stream has no urgent data before Linux 5.15, nor on a later kernel that
  /// is built without it. There the send sends all bytes but the last, then throws
  /// ``SocketError/Code/operationNotSupported``.
  public static var outOfBand: SocketFlags { SocketFlags(rawValue: 0x1) }
  /// Accepted, as by .NET; a send has nothing to peek at (`MSG_PEEK`).
  public static var peek: SocketFlags { SocketFlags(rawValue: 0x2) }
  /// Sends datagrams to directly connected hosts only, and bypasses the routing table (`MSG_DONTROUTE`).
  ///
  /// TCP ignores this flag. If the host of a datagram is behind a router, the send throws ``SocketError/Code/networkUnreachable``.
  public static var dontRoute: SocketFlags { SocketFlags(rawValue: 0x4) }
  /// Accepted, as by .NET, and does nothing to a send.
  public static var truncated: SocketFlags { SocketFlags(rawValue: 0x100) }
  /// Accepted, as by .NET, and does nothing to a send.
  public static var controlDataTruncated: SocketFlags { SocketFlags(rawValue: 0x200) }
  /// .NET's number for a received broadcast.
  ///
  /// No send accepts it.
  public static var broadcast: SocketFlags { SocketFlags(rawValue: 0x400) }
  /// .NET's number for a received multicast.
  ///
  /// No send accepts it.
  public static var multicast: SocketFlags { SocketFlags(rawValue: 0x800) }
  /// .NET's number for a part of a message.
  ///
  /// No send accepts it.
  public static var partial: SocketFlags { SocketFlags(rawValue: 0x8000) }

  /// More bytes follow at once, so the kernel may hold back the last partial packet for up to 200 ms (`MSG_MORE`).
  ///
  /// On UDP the bytes become part of the next datagram. Only Linux and Android have it: on another system a send does not accept it.
  public static var more: SocketFlags { SocketFlags(rawValue: 0x1_0000) }
  /// Ends a record, if the protocol has records, as seqpacket does (`MSG_EOR`).
  public static var endOfRecord: SocketFlags { SocketFlags(rawValue: 0x2_0000) }
  /// Sends what fits now, as on a socket in non-blocking mode (`MSG_DONTWAIT`).
  ///
  /// A blocking call with a `timeout:` ignores this flag, and waits for that time.
  public static var doNotWait: SocketFlags { SocketFlags(rawValue: 0x4_0000) }
  /// Tells the link layer that the peer answered just now (`MSG_CONFIRM`).
  ///
  /// Datagram sockets only. Only Linux and Android have it: on another system a send does not accept it.
  public static var confirm: SocketFlags { SocketFlags(rawValue: 0x8_0000) }
}

extension SocketFlags {
  /// The flags whose numbers are .NET's on every Unix: `MSG_OOB`, `MSG_PEEK`, `MSG_DONTROUTE`.
  private static var shared: SocketFlags { [.outOfBand, .peek, .dontRoute] }

  /// The flags whose numbers can differ from the platform's. One that does nothing to a send has 0, and one that this system lacks has nil.
  private static func translated(more: CInt?, confirm: CInt?) -> [(flag: SocketFlags, platform: CInt?)] {
    [
      (.truncated, 0), (.controlDataTruncated, 0),
      (.more, more), (.endOfRecord, CInt(MSG_EOR)),
      (.doNotWait, CInt(MSG_DONTWAIT)), (.confirm, confirm),
    ]
  }

  /// The platform's `MSG_*` for these flags, or nil where a send does not accept one of them.
  @inline(__always)
  private var platformValue: CInt? {
    isSubset(of: Self.shared) ? rawValue : translatedValue
  }

  /// Checks a send of this many segments with these flags, in .NET's order: the list, then the flags. Returns the platform's `MSG_*`, or
  /// the negative errno that the send is to end with. One number takes fewer instructions than two, and the `MSG_*` of a send are never
  /// negative.
  @inline(__always)
  package func checked(for segments: Int) -> CInt {
    segments > 0 ? platformValue ?? -EOPNOTSUPP : -EINVAL
  }

  @inline(never)
  private var translatedValue: CInt? { translatedValue(more: Platform.more, confirm: Platform.confirm) }

  /// The platform's `MSG_*` for these flags, if `more` and `confirm` are the platform's `MSG_MORE` and `MSG_CONFIRM`. Either is nil where
  /// the system lacks the flag. The result is nil if the flags contain such a flag, or one that no send accepts.
  func translatedValue(more: CInt?, confirm: CInt?) -> CInt? {
    var unknown = subtracting(Self.shared)
    var value = intersection(Self.shared).rawValue
    for (flag, platform) in Self.translated(more: more, confirm: confirm) where contains(flag) {
      guard let platform else { continue }
      unknown.remove(flag)
      value |= platform
    }
    return unknown.isEmpty ? value : nil
  }
}
