// SPDX-License-Identifier: Apache-2.0

// Block: dependencies: [.package(name: "SocketSend", path: "../SocketSend")],
// Program: README, let (client, server) = try Socket.pair()

// Block: let (client, server) = try Socket.pair()
//> 26 Content-Length: 5
//>
//> hello

// Block: func serve(on listener
//> you said: hello!

// Block: func sendOnce(_ list
let (socket, other) = try Socket.pair()
socket.sendTimeout = .milliseconds(5)
var rest = large.map { $0[...] }
var received: [UInt8] = []
while true {
  rest = try sendOnce(rest, on: socket)
  if rest.isEmpty { break }
  received += try other.receive(upTo: 1 << 20)
}
socket.close()
print("after time-outs: \(!received.isEmpty), in all: \(received + (try whole(other)) == Array(large.joined()))")
//> after time-outs: true, in all: true
