// SPDX-License-Identifier: Apache-2.0
import Foundation
import SocketSend
import Synchronization

// What zero copy costs where nothing is gained: over the loopback interface, which copies. Prints CSV: the size of a list, and the time
// and the sender's processor time of sendZeroCopy as ratios to those of send, the medians of 15 turns. `make bench-zero-copy` runs it.

/// The sizes of a list in bytes, and how many lists are sent in one turn: 16 MiB, but at least 16 lists.
private let sizes = [4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20]
private let turns = 15

private struct Cost {
  var wall: Double
  var processor: Double
}

private func connectedPair() throws -> (sender: Socket, receiver: Socket) {
  let listener = try Socket(.ipv4, .stream)
  try listener.bind(to: .loopback(port: 0))
  try listener.listen()
  let sender = try Socket(.ipv4, .stream)
  try sender.connect(to: listener.localAddress)
  return (sender, try listener.accept())
}

/// Reads all until the end.
private func drain(_ socket: Socket) {
  var buffer = [UInt8](repeating: 0, count: 256 << 10)
  while let count = try? socket.receive(into: &buffer), count > 0 {}
}

private func seconds(of clock: clockid_t) -> Double {
  var time = timespec()
  clock_gettime(clock, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

private func cost(of work: () throws -> Void) rethrows -> Cost {
  let (wall, processor) = (seconds(of: CLOCK_MONOTONIC), seconds(of: CLOCK_THREAD_CPUTIME_ID))
  try work()
  return Cost(wall: seconds(of: CLOCK_MONOTONIC) - wall, processor: seconds(of: CLOCK_THREAD_CPUTIME_ID) - processor)
}

private func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

@main struct ZeroCopy {
  static func main() throws {
    print("bytes,time,processor time,copied")
    for size in sizes {
      let (sender, receiver) = try connectedPair()
      Thread.detachNewThread { drain(receiver) }
      let list = [[UInt8](repeating: 1, count: size)]
      let count = max(16, (16 << 20) / size)
      var (wall, processor, copied) = ([Double](), [Double](), false)
      for _ in 0..<turns {
        let plain = try cost { for _ in 0..<count { try sender.send(list) } }
        let zero = try cost { for _ in 0..<count { copied = try sender.sendZeroCopy(list).wasCopied || copied } }
        wall.append(zero.wall / plain.wall)
        processor.append(zero.processor / plain.processor)
      }
      sender.close()
      print("\(size),\(String(format: "%.2f,%.2f", median(wall), median(processor))),\(copied)")
    }
  }
}
