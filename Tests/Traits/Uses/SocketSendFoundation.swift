// SPDX-License-Identifier: Apache-2.0

// Block: func upload(
let (socket, other) = try Socket.pair()
print(try upload(Data("a file of 21 bytes ...".utf8).dropLast(), on: socket))
print(text(of: try other.receive(upTo: 99)))
//> 43
//> Content-Length: 21
//>
//> a file of 21 bytes ..
