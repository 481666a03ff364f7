// SPDX-License-Identifier: Apache-2.0

// Block: func send(_ list: [[UInt8]], on descriptor: FileDescriptor)
let (socket, other) = try Socket.pair()
let descriptor = FileDescriptor(rawValue: socket.descriptor.rawValue)
print(try send([[1, 2], [3]], on: descriptor), try other.receive(upTo: 9))
other.close()
do {
  _ = try send([[4]], on: descriptor)
} catch Errno.brokenPipe {
  print("broken pipe")
}
//> 3 [1, 2, 3]
//> broken pipe
