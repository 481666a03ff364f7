// SPDX-License-Identifier: Apache-2.0
import Dispatch
import SocketSend
import SocketSendAsync

/// Sends by a task that suspends, while this thread waits for it. The task is cancelled after `patience` microseconds, if there are
/// any.
func sendByTask(
  _ list: [ArraySegment<UInt8>], on socket: Socket, byDescriptor: Bool, flags: SocketFlags, timeout: Duration?,
  cancelledAfter patience: UInt32?
) -> SendEnd {
  let done = DispatchSemaphore(value: 0)
  let outcome = Locked<Result<Int, SocketError>>(.success(0))
  let descriptor = socket.descriptor
  let task = Task.detached {
    var result: Result<Int, SocketError>
    do throws(SocketError) {
      result = .success(
        byDescriptor
          ? try await descriptor.send(list, flags: flags, timeout: timeout) : try await socket.send(list, flags: flags))
    } catch {
      result = .failure(error)
    }
    outcome.withLock { $0 = result }
    done.signal()
  }
  if let patience {
    usleep(patience)
    task.cancel()
  }
  done.wait()
  return SendEnd { () throws(SocketError) in try outcome.withLock { $0 }.get() }
}
