// SPDX-License-Identifier: Apache-2.0

// Block: func sendFile(
import Glibc

let file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC)
let (socket, other) = try Socket.pair()
let peer = Peer { try whole(other) }
try sendFile(file, on: socket)
socket.close()
let end = lseek(file, 0, SEEK_END)
print(text(of: Array(peer.bytes!.prefix(15))), peer.bytes!.count > Int(end))
//> HTTP/1.1 200 OK true
