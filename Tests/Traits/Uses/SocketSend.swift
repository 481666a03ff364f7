// SPDX-License-Identifier: Apache-2.0

// Block: let (client, server) = try Socket.pair()
//> 26 Content-Length: 5
//>
//> hello

// Block: func send(_ buffers: [ByteBuffer], to peer: NIOCore.SocketAddress)
let listener = try listening(at: .ipv4("127.0.0.1", port: 0))
let server = Peer { try whole(listener.accept()) }
let peer = try NIOCore.SocketAddress(ipAddress: "127.0.0.1", port: Int(listener.localAddress.port!))
print(try send([ByteBuffer(string: "a module "), ByteBuffer(string: "in front")], to: peer), server.text)
//> 17 a module in front

// Block: func connected(to address: SocketAddress)
let listener = try listening(at: .ipv4("127.0.0.1", port: 0))
let client = try connected(to: listener.localAddress)
print(try client.send([ByteBuffer(string: "one declaration")]), text(of: try listener.accept().receive(upTo: 99)))
//> 15 one declaration
