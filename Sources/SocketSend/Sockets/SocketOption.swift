// SPDX-License-Identifier: Apache-2.0

/// An option of a socket, and the type of its value.
///
/// ``Socket/setOption(_:to:)`` sets it and ``Socket/option(_:)`` reads it: `try socket.setOption(.noDelay, to: true)`. An option that
/// has no name here is made by its level and its name: `SocketOption<Int>(level: SOL_SOCKET, name: SO_PRIORITY)`.
///
/// Two options are equal if their levels and their names are equal. .NET has `SocketOptionLevel` and `SocketOptionName` for them.
public struct SocketOption<Value>: Sendable {
  /// The platform's `SOL_*` or `IPPROTO_*`: whose option it is.
  public let level: CInt
  /// The platform's number for the option at that level: `SO_*`, `TCP_*`, ...
  public let name: CInt

  /// The name of the option in this module; nil for an option made by level and name.
  let title: String?
  let form: OptionForm<Value>

  init(level: CInt, name: CInt, form: OptionForm<Value>, title: String? = #function) {
    self.level = level
    self.name = name
    self.title = title
    self.form = form
  }
}

extension SocketOption: Hashable {
  /// Whether both have the same level and the same name.
  public static func == (one: SocketOption, other: SocketOption) -> Bool {
    one.level == other.level && one.name == other.name
  }

  /// Hashes the level and the name.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(level)
    hasher.combine(name)
  }
}

// MARK: The system calls

extension SocketOption {
  func value(of descriptor: CInt) throws(SocketError) -> Value {
    let bytes =
      if let size = form.size {
        try SystemCalls.option(descriptor, level: level, name: name, size: size).bytes
      } else {
        try SystemCalls.option(descriptor, level: level, name: name)
      }
    return try form.decode(bytes)
  }

  func set(_ value: Value, on descriptor: CInt) throws(SocketError) {
    try SystemCalls.setOption(descriptor, level: level, name: name, to: try form.encode(value))
  }
}
