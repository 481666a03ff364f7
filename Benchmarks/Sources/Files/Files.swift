// SPDX-License-Identifier: Apache-2.0
import CFiles
import Glibc

// A header, a region of a file and a trailer, by all ways in turns. Prints CSV on standard output.
//
//     Files FILE ROUNDS     FILE is made, and 64 MiB long

@main enum Files {
  static func main() {
    let arguments = CommandLine.arguments
    guard arguments.count == 3, let rounds = CInt(arguments[2]) else { fatalError("usage: Files FILE ROUNDS") }
    var ways = [way](repeating: way(), count: Int(MOST_WAYS))
    var count = Int(ways_in_c(&ways))
    for way in [SwiftWay.way, NIOWay.way] {
      ways[count] = way
      count += 1
    }
    count += Int(way_in_python("Benchmarks/Others/sendfile.py", &ways[count]))
    let failed = measure_files(arguments[1], rounds, ways, CInt(count))
    // Each way at eight lengths, over TCP and over a Unix stream.
    let line = "bench-files: \(16 * count - Int(failed)) passed, \(failed) failed\n"
    _ = line.withCString { write(STDERR_FILENO, $0, strlen($0)) }
    exit(failed == 0 ? 0 : 1)
  }
}

/// The name of a way, for as long as the program runs.
func constantName(_ name: StaticString) -> UnsafePointer<CChar> {
  UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self)
}

extension message {
  var header: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: head, count: Int(HEAD_BYTES)) }
  var trailer: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: tail, count: Int(TAIL_BYTES)) }
}
