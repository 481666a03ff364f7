// SPDX-License-Identifier: Apache-2.0
//
// AddressLayout.swift is compiled together with this file, on this system, as on one whose family has one byte. Fails where its own
// choice of a layout is then not the one with a length.

import Glibc

typealias sa_family_t = UInt8

enum Platform {
  static var hasAbstractNames: Bool { false }
}

let address = AddressLayout.system.ipv4(0x7F00_0001, port: 80)
let first = Array(address.prefix(4))
guard first == [16, UInt8(AF_INET), 0, 80], AddressLayout.system.family(of: address) == AF_INET else {
  print("an IPv4 address begins with \(first), not with its length and its family")
  exit(EXIT_FAILURE)
}
print("addresses have their length where a family has one byte")
