// SPDX-License-Identifier: Apache-2.0
// A list of spans that is kept where it could outlive the memory in it.

import SocketSend

func made(of bytes: [UInt8]) -> SpanList {  // expect: error: cannot return a ~Escapable result
  var list = SpanList()
  list.append(bytes.span)
  return list
}

func kept<Value: ~Copyable>(_ value: consuming Value) {}

func passedOn(_ list: consuming SpanList) {
  kept(list)  // expect: error: requires that 'SpanList' conform to 'Escapable'
}
