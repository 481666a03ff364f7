// SPDX-License-Identifier: Apache-2.0

// A compiler before Swift 6.2 cannot read the module's files. Package.swift gives it this file alone.
#if compiler(<6.2)
  #error("SocketSend needs a compiler of Swift 6.2 or newer; its C core, the product CSendShim, does not")
#endif
