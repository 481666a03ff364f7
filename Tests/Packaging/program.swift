// SPDX-License-Identifier: Apache-2.0
//
// What program.c does, from Swift, by the installed library alone.

import CSendShim
import Glibc

var pair: [CInt] = [0, 0]
guard socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &pair) == 0 else { exit(1) }

let bytes = UnsafeMutableRawPointer.allocate(byteCount: 4 << 20, alignment: 1)
let text = "a header a body.."
bytes.copyMemory(from: Array(text.utf8), byteCount: 17)

var sent = 0
var list = [iovec(iov_base: bytes, iov_len: 9), iovec(iov_base: bytes + 9, iov_len: 8)]
guard sendv_all(pair[0], list, list.count, 0, &sent) == 0 else { exit(1) }
var received = [UInt8](repeating: 0, count: 64)
guard read(pair[1], &received, received.count) == 17 else { exit(1) }
print("sent \(sent): \(String(decoding: received[..<16], as: UTF8.self))")

list[1].iov_len = (4 << 20) - 9
guard sendv_all_within(pair[0], list, list.count, 0, 20_000_000, &sent) == ETIMEDOUT else { exit(1) }
var offset = 0
let index = sendv_seek(list, list.count, sent, &offset)
guard offset == sent - 9 else { exit(1) }
print("timed out, the rest begins in segment \(index)")
