// SPDX-License-Identifier: Apache-2.0

// Block: dependencies: [.package(name: "SocketSend", path: "../SocketSend")],
// Program: GettingStarted, let sent = try client.send(list)

// Block: let sent = try client.send(list)
//> 14 a header, long

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

// Block: func answerMessages(on socket: Socket)
let server = try Socket(.ipv4, .datagram)
try server.bind(to: .loopback(port: 0))
let answering = Peer {
  try answerMessages(on: server)
  return []
}
let asking = try Socket(.ipv4, .datagram)
try asking.send("hello", to: server.localAddress)
print(text(of: try asking.receive(upTo: 99)))
server.close()
_ = answering.bytes
//> You said: hello

// Block: func sendPage(_ page: Data, on socket: Socket)
let (socket, other) = try Socket.pair()
try sendPage(Data("<p>".utf8), on: socket)
print(text(of: try other.receive(upTo: 999)).replacing("\r\n", with: "|"))
//> HTTP/1.1 200 OK|Transfer-Encoding: chunked|Trailer: Author||3|<p>|0|Author: me||
