// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import SocketSendFoundation
import Testing

@Suite("Regions of a FileHandle's file") struct FileHandleTests {
  @Test("a whole file and a part go out between segments, and the handle's offset stays")
  func regions() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("SocketSendFoundationTests.\(UUID())")
    try Data(0..<100).write(to: path)
    let file = try FileHandle(forReadingFrom: path)
    try FileManager.default.removeItem(at: path)
    try file.seek(toOffset: 3)
    let (sender, receiver) = try Socket.pair()
    let list: [any ByteSegment] = [Data([200]), try FileRegion(file), try FileRegion(file, offset: 10, length: 5)]
    #expect(try sender.send(list) == 106)
    #expect(try receiver.receive(upTo: 999) == [200] + Array(0..<100) + Array(10..<15))
    #expect(try file.offset() == 3)
    try file.close()
  }

  @Test("a handle of a pipe is refused")
  func pipe() throws {
    let pipe = Pipe()
    let thrown = #expect(throws: SocketError.self) { try FileRegion(pipe.fileHandleForReading) }
    #expect(try #require(thrown).errno == ESPIPE)
  }
}
