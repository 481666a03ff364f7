// SPDX-License-Identifier: Apache-2.0
import SocketSend

extension Array where Element == ArraySegment<UInt8> {
  var byteCount: Int { reduce(0) { $0 + $1.count } }

  /// The list cut into lists of at most `limit` bytes, each but the last filled; segments at a border are cut in two. None of
  /// them is without bytes, unless the whole list is.
  func cut(intoMessagesOf limit: Int) -> [[ArraySegment<UInt8>]] {
    var messages: [[ArraySegment<UInt8>]] = []
    var message: [ArraySegment<UInt8>] = []
    var room = limit
    for segment in self {
      var rest = segment
      while rest.count > room {
        if room > 0 { message.append(rest.prefix(room)) }
        messages.append(message)
        rest = rest.dropFirst(room)
        message = []
        room = limit
      }
      message.append(rest)
      room -= rest.count
    }
    return messages + [message]
  }
}
