// SPDX-License-Identifier: Apache-2.0
//
// SocketErrorCode.swift is compiled together with this file, on this system, with Darwin's two numbers for what is one number here. Fails
// if one of them has a code other than `operationNotSupported`.

import Glibc

var ENOTSUP: CInt { 45 }
var EOPNOTSUPP: CInt { 102 }

struct SocketError {
  var errno: CInt
}

enum Platform {
  static var missingData: CInt { 96 }
}

for number in [45, 102] as [CInt] {
  let code = SocketError.Code(errno: number)
  guard code == .operationNotSupported else {
    print("the code of \(number) is \(code)")
    exit(EXIT_FAILURE)
  }
}
print("ENOTSUP and EOPNOTSUPP have one code where they are two numbers")
