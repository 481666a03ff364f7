// SPDX-License-Identifier: Apache-2.0

extension SocketOption where Value: BitwiseCopyable {
  /// Any option whose value is this C structure or C number, for example `SocketOption<linger>(level: SOL_SOCKET, name: SO_LINGER)`.
  ///
  /// The bytes of the value are handed to the system as they are. If the system has fewer bytes than the structure, reading sets the
  /// remaining bytes to 0. It is unsafe, since nothing checks that the system means this structure, nor that the bytes read are a value of
  /// the type: take a C type. A C structure with bit fields, for example `tcp_info`, is not `BitwiseCopyable`: use `SocketOption<[UInt8]>`
  /// for it.
  @unsafe public init(level: CInt, name: CInt) {
    self.init(level: level, name: name, form: .memory, title: nil)
  }
}

extension SocketOption where Value == Int {
  /// Any option whose value is a C `int`.
  ///
  /// Setting a number that a C `int` cannot hold is ``SocketError/Code/invalidArgument``. An option whose value is another C number
  /// is made with that number's type, for example `SocketOption<UInt64>`.
  public init(level: CInt, name: CInt) {
    self.init(level: level, name: name, form: .number, title: nil)
  }
}

extension SocketOption where Value == Bool {
  /// Any option whose value is a C `int` that is 0 for false, and 1 or another number for true.
  public init(level: CInt, name: CInt) {
    self.init(level: level, name: name, form: .flag, title: nil)
  }
}

extension SocketOption where Value == [UInt8] {
  /// Any option, with its value in the system's bytes.
  ///
  /// Reading returns as many bytes as the system has for the value, up to 1 MiB. `SO_GET_FILTER` cannot be read
  /// (``SocketError/Code/operationNotSupported``), since its length counts instructions and not bytes.
  public init(level: CInt, name: CInt) {
    self.init(level: level, name: name, form: .bytes, title: nil)
  }
}
