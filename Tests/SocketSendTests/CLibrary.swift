// SPDX-License-Identifier: Apache-2.0

// The C library, for all files of these tests: its module has another name on other systems.
#if canImport(Glibc)
  @_exported import Glibc
#elseif canImport(Musl)
  @_exported import Musl
#elseif canImport(Darwin)
  @_exported import Darwin
#elseif canImport(Android)
  @_exported import Android
#elseif canImport(FreeBSD)
  @_exported import FreeBSD
#endif
import SocketSend

// MARK: For types whose members hide the C library's names

@discardableResult
func closeFile(_ number: CInt) -> CInt { close(number) }

/// SHUT_WR is 1 on every system, and a case of an enumeration in the C library of some.
func shutDownSending(_ number: CInt) -> CInt { shutdown(number, 1) }

// MARK: What differs between systems

/// The kind of a socket that is not handed down to programs that this one starts, as `socketpair` takes it. On Darwin it is handed down.
func closingOnExec(_ kind: Socket.Kind) -> CInt {
  #if canImport(Darwin)
    kind.rawValue
  #elseif canImport(Glibc) && os(Linux)
    kind.rawValue | CInt(SOCK_CLOEXEC.rawValue)
  #else
    kind.rawValue | SOCK_CLOEXEC
  #endif
}

/// Lets a signal call `handler`, and interrupt what waits.
func handle(_ signal: CInt, _ handler: @escaping @convention(c) (CInt) -> Void) -> Bool {
  var action = sigaction()
  #if canImport(Glibc) && os(Linux)
    action.__sigaction_handler.sa_handler = handler
  #elseif canImport(Musl)
    action.__sa_handler.sa_handler = handler
  #elseif os(Android)
    action.sa_handler = handler
  #else
    action.__sigaction_u.__sa_handler = handler
  #endif
  return sigaction(signal, &action, nil) == 0
}

/// Whether a signal does what it does at first.
func hasDefaultAction(_ signal: CInt) -> Bool {
  var action = sigaction()
  guard sigaction(signal, nil, &action) == 0 else { return false }
  #if canImport(Glibc) && os(Linux)
    return action.__sigaction_handler.sa_handler == nil
  #elseif canImport(Musl)
    return action.__sa_handler.sa_handler == nil
  #elseif os(Android)
    return action.sa_handler == nil
  #else
    return action.__sigaction_u.__sa_handler == nil
  #endif
}

/// Starts a program that is found as a shell finds it, and waits for its end. Returns how it ended, as `waitpid` says it.
func run(_ words: [String]) throws -> CInt {
  var arguments = words.map { strdup($0) } + [nil]
  defer { for argument in arguments { free(argument) } }
  var child = pid_t()
  let error = withEnvironment { posix_spawnp(&child, words[0], nil, nil, &arguments, $0) }
  if error != 0 { throw NotStarted(errno: error) }
  var status: CInt = -1
  while waitpid(child, &status, 0) < 0 && errno == EINTR {}
  return status
}

struct NotStarted: Error { let errno: CInt }

private func withEnvironment<Result>(_ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result) -> Result {
  #if canImport(Glibc) && os(Linux)
    return body(environ)
  #elseif canImport(Darwin)
    return body(_NSGetEnviron().pointee!)
  #else
    // The variable is not safe to use in Swift there. These programs need no more.
    var variables = getenv("PATH").map { [strdup("PATH=" + String(cString: $0))] } ?? []
    defer { for variable in variables { free(variable) } }
    variables.append(nil)
    return body(&variables)
  #endif
}
