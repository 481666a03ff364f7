// SPDX-License-Identifier: Apache-2.0
import Dispatch
import Testing

@testable import SocketSend

extension SocketTests {
  @Suite("The last one that leaves a closed socket closes the descriptor") struct SocketLifeTests {
    @Test("if nobody uses the socket, the call of close does")
    func idle() {
      let life = SocketLife()
      let isIdle = if case .idle = life.close() { true } else { false }
      let isAgain = if case .again = life.close() { true } else { false }
      let (entered, turn) = (life.enter(), life.takeTurn())
      #expect(isIdle && isAgain && !entered && turn == .closed)
    }

    @Test("a send and the call of close, in both orders", arguments: [false, true])
    func send(isLast: Bool) {
      let life = SocketLife()
      let turn = life.takeTurn()
      let isInUse = if case .inUse(bySender: true, sendShutDown: false) = life.close() { true } else { false }
      let first = isLast ? life.leave() : life.leaveTurn()
      let last = isLast ? life.leaveTurn() : life.leave()
      #expect(turn == .entered && isInUse && !first && last)
    }

    @Test("a send for which another send waits, and the call of close, in both orders", arguments: [false, true])
    func sendWithWaiter(isLast: Bool) {
      let life = SocketLife()
      let waiter = SocketLife.Waiter(since: .now()) {}
      let (turn, place) = (life.takeTurn(), life.queueUp(waiter, wasWoken: false))
      _ = life.close()
      let first = isLast ? life.leave() : life.leaveTurn()
      let last = isLast ? life.leaveTurn() : life.leave()
      #expect(turn == .entered && place == .contended && waiter.answer == .closed && !first && last)
    }

    @Test("two other operations and the call of close")
    func operations() {
      let life = SocketLife()
      let entered = [life.enter(), life.enter()]
      let isInUse = if case .inUse(bySender: false, sendShutDown: false) = life.close() { true } else { false }
      let isOver = [life.leave(), life.leave(), life.leave()]
      #expect(entered == [true, true] && isInUse && isOver == [false, false, true])
    }
  }
}
