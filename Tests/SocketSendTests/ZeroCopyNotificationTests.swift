// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import SocketSend

@Suite("Notifications of sends by zero copy, as bytes") struct ZeroCopyNotificationTests {
  private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  private func message(_ level: CInt, _ type: CInt, _ data: [UInt8]) -> [UInt8] {
    let length = MemoryLayout<UInt>.size + 8 + data.count
    let padding = (MemoryLayout<UInt>.size - length % MemoryLayout<UInt>.size) % MemoryLayout<UInt>.size
    return bytes(UInt(length)) + bytes(level) + bytes(type) + data + [UInt8](repeating: 0, count: padding)
  }

  private func error(errno: UInt32 = 0, origin: UInt8 = 5, code: UInt8 = 0, _ first: UInt32, _ last: UInt32) -> [UInt8] {
    bytes(errno) + [origin, 0, code, 0] + bytes(first) + bytes(last)
  }

  @Test("IPv4 and IPv6, copied and not, with an address behind", arguments: [(0, 11), (41, 25)] as [(CInt, CInt)])
  func reads(level: CInt, type: CInt) {
    let address = [UInt8](repeating: 0, count: 28)
    for code in [UInt8(0), 1] {
      let found = ZeroCopyNotification(control: message(level, type, error(code: code, 7, .max) + address))
      #expect(found == ZeroCopyNotification(first: 7, last: .max, wasCopied: code == 1))
    }
  }

  @Test("behind other control messages")
  func readsBehindOthers() {
    let others = message(SOL_SOCKET, 37, [1, 2, 3]) + message(0, 8, error(1, 1))
    let control = others + message(0, 11, error(2, 3))
    #expect(ZeroCopyNotification(control: control) == ZeroCopyNotification(first: 2, last: 3, wasCopied: false))
  }

  @Test("an ICMP error, a timestamp and nothing are none")
  func others() {
    #expect(ZeroCopyNotification(control: []) == nil)
    #expect(ZeroCopyNotification(control: message(0, 11, error(errno: 111, origin: 2, 0, 0))) == nil)
    #expect(ZeroCopyNotification(control: message(0, 11, error(errno: 42, origin: 4, 0, 0))) == nil)
    #expect(ZeroCopyNotification(control: message(SOL_SOCKET, 11, error(0, 0))) == nil)
  }

  @Test("cut anywhere, and with any length, it is none or itself, and the reading ends")
  func cutAndWrong() {
    let whole = message(SOL_SOCKET, 37, [1]) + message(0, 11, error(2, 3))
    for count in 0..<whole.count { #expect(ZeroCopyNotification(control: Array(whole.prefix(count))) == nil) }
    for length in [0, 1, 15, 16, 17, 24, UInt(Int.max), .max, .max - 7] {
      let control = bytes(length) + whole.dropFirst(MemoryLayout<UInt>.size)
      let found = ZeroCopyNotification(control: Array(control))
      #expect(found == nil || found == ZeroCopyNotification(first: 2, last: 3, wasCopied: false))
    }
  }

  @Test("how many sends it is for, also where the numbers begin again")
  func counts() {
    for (first, last, count) in [(0, 0, 1), (3, 9, 7), (.max, 0, 2), (.max - 1, 3, 6)] as [(UInt32, UInt32, Int)] {
      #expect(ZeroCopyNotification(first: first, last: last, wasCopied: false).count == count)
    }
  }
}
