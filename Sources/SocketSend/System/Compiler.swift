// SPDX-License-Identifier: Apache-2.0

// Of this module, Package.swift gives this file alone to a compiler that is too old for the others.
#if compiler(<6.2)
  #error("SocketSend needs a compiler of Swift 6.2 or newer; its C core, the product CSendShim, does not")
#endif
