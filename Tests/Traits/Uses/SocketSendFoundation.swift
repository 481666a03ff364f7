// SPDX-License-Identifier: Apache-2.0

// Block: func upload(_ file: Data
let (socket, other) = try Socket.pair()
print(try upload(Data("a file of 21 bytes ...".utf8).dropLast(), on: socket))
print(text(of: try other.receive(upTo: 99)))
//> 43
//> Content-Length: 21
//>
//> a file of 21 bytes ..

// Block: func upload(from file: FileHandle
let (socket, other) = try Socket.pair()
try Data("a file".utf8).write(to: URL(fileURLWithPath: "/run/a.file"))
let file = FileHandle(forReadingAtPath: "/run/a.file")!
print(try upload(from: file, on: socket), text(of: try other.receive(upTo: 99)))
try file.close()
//> 12 name: a file
