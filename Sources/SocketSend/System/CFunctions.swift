// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#elseif canImport(Android)
  import Android
#elseif canImport(FreeBSD)
  import FreeBSD
#endif

// The functions of the C library whose names are members of `SystemCalls` too. Inside `SystemCalls` such a name means the member, and
// the module that has the C function has another name on each system (`Glibc`, `Darwin`, ...).

func cAccept(_ descriptor: CInt) -> CInt { accept(descriptor, nil, nil) }

@unsafe func cBind(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> CInt {
  unsafe bind(descriptor, address, length)
}

func cClose(_ descriptor: CInt) -> CInt { close(descriptor) }

@unsafe func cConnect(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> CInt {
  unsafe connect(descriptor, address, length)
}

func cListen(_ descriptor: CInt, _ backlog: CInt) -> CInt { listen(descriptor, backlog) }

func cPoll(_ request: inout pollfd, _ milliseconds: CInt) -> CInt {
  // Invariant: one element is passed and one is there.
  unsafe poll(&request, 1, milliseconds)
}

func cShutdown(_ descriptor: CInt, _ how: CInt) -> CInt { shutdown(descriptor, how) }
