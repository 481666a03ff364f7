// SPDX-License-Identifier: Apache-2.0
@_exported import LIBC

// The part of Foundation that SocketSendFoundation and its tests use, with the declarations of swift-foundation and no behaviour.

public protocol LocalizedError: Error {
  var errorDescription: String? { get }
}

extension Error {
  public var localizedDescription: String { "" }
}

@frozen public struct Data: Hashable, Sendable, RandomAccessCollection, MutableCollection, RangeReplaceableCollection {
  public enum Deallocator {
    case none
    case custom((UnsafeMutableRawPointer, Int) -> Void)
  }

  public init() {}
  public init<Elements: Sequence>(_ elements: Elements) where Elements.Element == UInt8 {}
  public init(repeating byte: UInt8, count: Int) {}
  public init(bytesNoCopy bytes: UnsafeMutableRawPointer, count: Int, deallocator: Deallocator) {}
  public init(referencing reference: __shared NSData) {}

  public var startIndex: Int { 0 }
  public var endIndex: Int { 0 }
  public subscript(index: Int) -> UInt8 {
    get { 0 }
    set {}
  }
  public subscript(bounds: Range<Int>) -> Data {
    get { self }
    set {}
  }
  public mutating func replaceSubrange<Elements: Collection>(_ range: Range<Int>, with elements: Elements)
  where Elements.Element == UInt8 {}
  public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
    try body(UnsafeRawBufferPointer(start: nil, count: 0))
  }
}

open class NSData: RandomAccessCollection {
  public init(data: Data) {}
  public var startIndex: Int { 0 }
  public var endIndex: Int { 0 }
  public subscript(index: Int) -> UInt8 { 0 }
}

open class NSMutableData: NSData {}
