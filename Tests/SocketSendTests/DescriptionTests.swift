// SPDX-License-Identifier: Apache-2.0
import SocketSend
import Testing

@Suite("What values print") struct DescriptionTests {
  private func text(_ errno: CInt) -> String { String(cString: strerror(errno)) }

  @Test("an error says its name in words, both numbers, the system's text and the count")
  func errors() {
    let timedOut = SocketError(errno: ETIMEDOUT, bytesSent: 748_296)
    #expect("\(timedOut)" == "timed out (10060, errno 110: \(text(110))), 748296 bytes sent")
    let reset = SocketError(errno: ECONNRESET, bytesSent: 1)
    #expect("\(reset)" == "connection reset (10054, errno 104: \(text(104))), 1 byte sent")
    #expect("\(SocketError(code: .messageSize, errno: EMSGSIZE))" == "message size (10040, errno 90: \(text(90)))")
    #expect("\(SocketError(code: .hostNotFound))" == "host not found (11001)")
    #expect(text(110).count > 5)
  }

  @Test("an error says whether the time-out was its own")
  func ownTimeouts() {
    let own = SocketError(code: .timedOut, errno: ETIMEDOUT, bytesSent: 3, isOwnTimeout: true)
    #expect("\(own)" == "timed out (10060, errno 110: \(text(110))), own time-out, 3 bytes sent")
  }

  @Test("an error whose numbers are unknown")
  func unknownErrors() {
    #expect("\(SocketError(code: SocketError.Code(rawValue: 12_345)))" == "unknown (12345)")
    #expect("\(SocketError(errno: 9999))" == "socket error (-1, errno 9999: \(text(9999)))")
    #expect("\(SocketError(errno: -1))" == "socket error (-1, errno -1: \(text(-1)))")
  }

  @Test("an error in a code's own form keeps the name of the code")
  func codes() {
    #expect("\(SocketError.Code.timedOut)" == "timedOut (10060)")
  }

  @Test("flags: their names in the order of their bits, other bits in hexadecimal")
  func flags() {
    #expect("\(SocketFlags.none)" == "[]")
    #expect("\([.doNotWait, .more] as SocketFlags)" == "[more, doNotWait]")
    #expect("\([.peek, SocketFlags(rawValue: 0x4000)] as SocketFlags)" == "[peek, 0x4000]")
    #expect("\(SocketFlags(rawValue: .min))" == "[0x80000000]")
    #expect(
      "\(SocketFlags(rawValue: -1))"
        == "[outOfBand, peek, dontRoute, truncated, controlDataTruncated, broadcast, multicast, partial, more, endOfRecord, "
        + "doNotWait, confirm, 0xfff070f8]")
  }

  @Test("families and kinds: their names, or the system's number")
  func familiesAndKinds() {
    #expect("\([SocketFamily.ipv4, .ipv6, .unix, SocketFamily(rawValue: 16)])" == "[ipv4, ipv6, unix, family 16]")
    #expect(
      "\([Socket.Kind.stream, .datagram, .sequencedPacket, Socket.Kind(rawValue: 3)])"
        == "[stream, datagram, sequencedPacket, kind 3]")
  }

  @Test("options: their names, or the system's numbers")
  func options() {
    #expect("\(SocketOption.noDelay)" == "noDelay")
    #expect("\(SocketOption.linger)" == "linger")
    #expect("\(SocketOption.multicastInterfaceIPv6)" == "multicastInterfaceIPv6")
    #expect("\(SocketOption<Bool>(level: 6, name: 1))" == "level 6, name 1")
    #expect("\(SocketOption<[UInt8]>(level: 6, name: 13))" == "level 6, name 13")
  }
}

extension SocketTests {
  @Suite("What sockets print") struct SocketDescriptionTests {
    @Test("a socket: its kind, and its descriptor or that it is closed")
    func sockets() throws {
      #expect("\(SocketDescriptor(rawValue: 5))" == "descriptor 5")
      let (socket, other) = try Socket.pair(.datagram)
      #expect("\(socket)" == "datagram socket, descriptor \(socket.descriptor.rawValue)")
      socket.close()
      #expect("\(socket)" == "datagram socket, closed")
      #expect("\(other)" == "datagram socket, \(other.descriptor)")
      #expect("\(Socket(adopting: SocketDescriptor(rawValue: -1)))" == "socket, descriptor -1")
    }
  }
}
