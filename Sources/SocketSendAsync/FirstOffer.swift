// SPDX-License-Identifier: Apache-2.0

import CSendShim
import SocketSend

/// What the first offer of an async send came to. Most sends end with it: they make no copy of the list, read no clock and ask the
/// socket nothing.
@usableFromInline struct FirstOffer {
  enum State {
    /// The send is over.
    case over
    /// The socket took a part of the list or nothing. On a `Socket`, the send has the turn.
    case offered
    /// Another send has the turn, or the send may be traced: nothing was offered.
    case notMade
  }

  let state: State
  let offer: Offer

  @usableFromInline var isLast: Bool { state == .over }
  @usableFromInline var bytesSent: Int { offer.outcome.bytesSent }
  @usableFromInline func get() throws(SocketError) -> Int { try offer.outcome.get() }

  static var notMade: FirstOffer { FirstOffer(state: .notMade, offer: Offer()) }
  static func over(_ outcome: SendOutcome) -> FirstOffer { FirstOffer(state: .over, offer: Offer(outcome: outcome)) }
  static func over(errno: CInt) -> FirstOffer { over(SendOutcome(errno: errno)) }
}

extension Offer {
  /// Whether the send goes on: bytes are left that may be offered at once, or the socket is full and the send may wait.
  @inline(__always)
  fileprivate func goesOn(flags: CInt) -> Bool {
    if outcome.errno == 0 { return isUnfinished }
    return (outcome.errno == EAGAIN || outcome.errno == EINPROGRESS) && flags & CInt(MSG_DONTWAIT) == 0
  }

  /// The outcome of a send that ends with this offer: success if it may not wait and anything was sent.
  @inline(__always)
  fileprivate var finalOutcome: SendOutcome {
    var outcome = outcome
    if outcome.errno == EAGAIN, outcome.bytesSent > 0 { outcome.errno = 0 }
    return outcome
  }
}

extension Socket {
  /// Makes the checks in the order of the blocking send, takes the turn, and offers the list once without waiting.
  @inline(__always)
  func firstOffer(_ list: some IOVectorList, flags: SocketFlags, to address: SocketAddress?) -> FirstOffer {
    firstOffer(of: list.count, flags: flags) { gatheredOffer(list, on: descriptor, flags: $0, to: address) }
  }

  @inline(__always)
  private func firstOffer(of count: Int, flags: SocketFlags, _ makeOffer: (CInt) -> Offer) -> FirstOffer {
    SocketEvents.startEarly()
    if mayTrace { return .notMade }
    let flags = flags.checked(for: count)
    if flags < 0 { return .over(failure(-flags)) }
    if Task.isCancelled { return .over(failure(ECANCELED)) }
    switch life.takeTurn() {
    case .entered: break
    case .closed: return .over(.closed)
    case .contended, .timedOut: return .notMade
    }
    let offer = makeOffer(flags)
    if offer.goesOn(flags: flags) { return FirstOffer(state: .offered, offer: offer) }
    var outcome = offer.finalOutcome
    endTurn(&outcome)
    return .over(outcome)
  }

  /// Makes the first offer of a list that was gathered in the caller's module.
  @usableFromInline
  func firstOffer(_ list: borrowing SegmentList, flags: SocketFlags, to address: SocketAddress?) -> FirstOffer {
    if let parts = list.parts() { return firstOffer(files: parts, flags: flags, to: address) }
    return unsafe firstOffer(list.all, flags: flags, to: address)
  }

  /// Out of line: a list of memory alone has no cost from this code.
  @inline(never)
  private func firstOffer(files parts: PartList, flags: SocketFlags, to address: SocketAddress?) -> FirstOffer {
    firstOffer(of: parts.count, flags: flags) { flags in
      whileNonblocking { _ in gatheredOffer(parts, on: descriptor, flags: flags, to: address) }
    }
  }
}

extension SocketDescriptor {
  @inline(__always)
  func firstOffer(_ list: some IOVectorList, flags: SocketFlags, to address: SocketAddress?) -> FirstOffer {
    SocketEvents.startEarly()
    if mayTrace { return .notMade }
    let flags = flags.checked(for: list.count)
    if flags < 0 { return .over(errno: -flags) }
    if Task.isCancelled { return .over(errno: ECANCELED) }
    let offer = gatheredOffer(list, on: self, flags: flags, to: address)
    return offer.goesOn(flags: flags) ? FirstOffer(state: .offered, offer: offer) : .over(offer.finalOutcome)
  }

  @usableFromInline
  func firstOffer(_ list: borrowing SegmentList, flags: SocketFlags, to address: SocketAddress?) -> FirstOffer {
    if let parts = list.parts() { return firstOffer(parts, flags: flags, to: address) }
    return unsafe firstOffer(list.all, flags: flags, to: address)
  }
}
