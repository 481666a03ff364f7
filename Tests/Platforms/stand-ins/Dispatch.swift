// SPDX-License-Identifier: Apache-2.0

// The part of Dispatch that the modules and their tests use, with the declarations of swift-corelibs-libdispatch and no behaviour.

open class DispatchObject {}

open class DispatchQueue: DispatchObject, @unchecked Sendable {
  public class func global(qos: Int = 0) -> DispatchQueue { DispatchQueue() }
  public convenience init(label: String) { self.init() }
  public func async(execute work: @escaping @Sendable () -> Void) {}
}

open class DispatchSemaphore: DispatchObject, @unchecked Sendable {
  public init(value: Int) {}
  @discardableResult public func signal() -> Int { 0 }
  public func wait() {}
  public func wait(timeout: DispatchTime) -> DispatchTimeoutResult { .success }
}

@frozen public enum DispatchTimeoutResult { case success, timedOut }

public struct DispatchTime: Comparable, Sendable {
  public let rawValue: UInt64
  public static let distantFuture = DispatchTime(uptimeNanoseconds: .max)
  public static func now() -> DispatchTime { DispatchTime(uptimeNanoseconds: 0) }
  public init(uptimeNanoseconds: UInt64) { rawValue = uptimeNanoseconds }
  public var uptimeNanoseconds: UInt64 { rawValue }
  public static func < (one: DispatchTime, other: DispatchTime) -> Bool { one.rawValue < other.rawValue }
}

public enum DispatchTimeInterval: Equatable, Sendable {
  case seconds(Int), milliseconds(Int), microseconds(Int), nanoseconds(Int), never
}

public func + (time: DispatchTime, interval: DispatchTimeInterval) -> DispatchTime { time }

public struct DispatchData: RandomAccessCollection, Sendable {
  public static let empty = DispatchData(bytes: UnsafeRawBufferPointer(start: nil, count: 0))
  public init(bytes: UnsafeRawBufferPointer) {}
  public var startIndex: Int { 0 }
  public var endIndex: Int { 0 }
  public subscript(index: Int) -> UInt8 { 0 }
  public mutating func append(_ other: DispatchData) {}
  public func subdata(in range: Range<Int>) -> DispatchData { self }
  public func enumerateBytes(
    _ block: (_ buffer: UnsafeBufferPointer<UInt8>, _ byteIndex: Int, _ stop: inout Bool) -> Void
  ) {}
}
