// SPDX-License-Identifier: Apache-2.0

// Block: dependencies: [.package(name: "SocketSend", path: "../SocketSend")],
// Program: README, let (client, server) = try Socket.pair()

// Block: let (client, server) = try Socket.pair()
//> 26 Content-Length: 5
//>
//> hello

// Block: func send(_ request: [ArraySegment<UInt8>], toHost host: String, port: UInt16)
let listener = try listening(at: .ipv4("127.0.0.1", port: 0))
let server = Peer { try whole(listener.accept()) }
try send(segments("GET / ", "HTTP/1.1"), toHost: "localhost", port: listener.localAddress.port!)
print(server.text)
//> GET / HTTP/1.1

// Block: func openSome()
let path = try listening(at: .unix(path: "/run/my.sock"))
let defaultPeer = try datagrams(at: 5353)
let anotherPeer = try datagrams(at: 5354)
let client = Peer { try whole(connecting(to: .ipv4("127.0.0.1", port: 8080))) }
try openSome()
print(try whole(path.accept()), try defaultPeer.receive(upTo: 9), try anotherPeer.receive(upTo: 9), client.bytes!)
//> [] [1, 2, 3] [4] [5]

// Block: func reply(on descriptor: CInt
let (socket, other) = try Socket.pair()
print(try reply(on: socket.descriptor.rawValue, segments("a ", "reply")), text(of: try other.receive(upTo: 99)))
//> 7 a reply

// Block: func sendAll(_ list: [ArraySegment<UInt8>], on socket: Socket, whenFull wait: () -> Void)
let (socket, other) = try Socket.pair()
try socket.setBlocking(false)
var received: [UInt8] = []
try sendAll(large.map { $0[...] }, on: socket, whenFull: { received += try! other.receive(upTo: 1 << 20) })
socket.close()
print("while it was full: \(!received.isEmpty), in all: \(received + (try whole(other)) == Array(large.joined()))")
//> while it was full: true, in all: true

// Block: func reply(_ list: [ArraySegment<UInt8>], on socket: Socket) async
print("all arrived: \(try await arrivesWhole { try await reply($0, on: $1) })")

let (full, unread) = try Socket.pair()
let task = Task { try await reply(large.map { $0[...] }, on: full) }
task.cancel()
try await task.value
full.close()
print("arrived whole: \(try whole(unread).count == large.byteCount)")
//> all arrived: true
//> cancelled after * bytes
//> arrived whole: false

// Block: struct Message: ByteSegment
let (socket, other) = try Socket.pair()
try sendSome([Message(name: "one", body: Data("body".utf8))], trailer: [0x2B], on: socket)
print(text(of: try other.receive(upTo: 99)))
//> one: 4
//> body++END
//> ++

// Block: dependencies: [.package(name: "SocketSend", path: "../SocketSend", traits: ["NIO"])],
// Program: SocketSendNIO, func flush(_ pending: inout [ByteBuffer]

// Block: if trace.waits > 0
let (socket, other) = try Socket.pair()
socket.sendTimeout = .milliseconds(20)
do {
  _ = try socket.send(large)
} catch {
  socket.close()
  print("arrived as counted: \(try whole(other).count == error.bytesSent)")
}
//> * of 10000000 bytes took * seconds
//> arrived as counted: true
