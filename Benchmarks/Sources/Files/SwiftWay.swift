// SPDX-License-Identifier: Apache-2.0
import CFiles
import SocketSend

// C functions capture nothing, so what they share stands at file scope. The harness prepares and sends from one thread.
nonisolated(unsafe) private var region: FileRegion?

/// `SocketDescriptor.send` of a list with a region, in blocking mode and without a time-out.
enum SwiftWay {
  static var way: way {
    var way = CFiles.way()
    way.name = constantName("Swift")
    way.prepare = { message in
      do { region = try FileRegion(message!.pointee.file, length: message!.pointee.region) } catch {
        fatalError("\(error)")
      }
    }
    way.send = { message, sends in
      let message = message!.pointee
      let list: [any ByteSegment] = [message.header, region!, message.trailer]
      do {
        for _ in 0..<sends { try SocketDescriptor(rawValue: message.fd).send(list) }
      } catch {
        fatalError("Swift: \(error)")
      }
    }
    return way
  }
}
