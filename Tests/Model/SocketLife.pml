// SPDX-License-Identifier: Apache-2.0
//
// The life of a Socket's descriptor as a model for Spin, which tries every order in which the threads' steps can come.
// It follows SocketLife.swift, Socket.swift and Socket+Send.swift in Sources/SocketSend, and in Sources/SocketSendAsync
// TurnWait.swift and the parts of Waiting that a wait for the turn uses. When you change one of them, make the same change here
// and run `make model`. It fails until the fingerprint of the code of SocketLife.swift and TurnWait.swift is the new one:
// fingerprint 38096e1e9dc66d60
//
// A step is what the Swift code does at once: a `change` of the atomic word, signalling a semaphore, entering a system call,
// being woken in one. A `change` that has to try again had no effect, so the model has only the step in which it succeeds. A load
// with relaxed ordering may see an older value. What a holder of a lock does is one step if it touches the word only once, since
// nobody sees the rest before the lock is given back.
//
// A sender that meets another one blocks its thread or suspends its task, and chooses which when it comes to wait. It also chooses
// whether it may give up: because its time is over, or because its task was cancelled.
//
// A leaving sender gives the turn to a waiter that has waited for more than a millisecond, and wakes another one to try for the
// turn. The model has no time: it tries both for every waiter.
//
// A suspending sender's wait for the turn ends as ready only by the wake of its waiter, which has its answer by then. If something
// else ended it as ready, the sender would withdraw its waiter: see BREAK_READY_WITHOUT_ANSWER, where it does not.
//
// Of the kernel there are: one descriptor's number, the socket's room, and whether the connection was ended. A call that waits
// notices the end, and a call that comes later does too: so it is with send, poll, recv and accept on Linux. (Connect is not in
// the model: see interruptOperations and ConnectMeetsCloseTests.) A suspending send waits for room as a send in poll does. A list has
// PIECES pieces, each taken by one system call.
//
// Each BREAK_ switch puts a mistake in, which Tests/Model/run must see:
//
// BREAK_CLOSE_AT_ONCE         the closer gives the number back while others use it
// BREAK_LAST_DOES_NOT_CLOSE   the last user does not give the number back
// BREAK_WAKE_BEFORE_MARK      the closer wakes the users before it marks the socket closed
// BREAK_NO_WAKE               the closer does not wake the users
// BREAK_DISMISS_BEFORE_MARK   the closer sends the waiters away before it marks the socket closed
// BREAK_BOTH_CLOSE            the second closer does not notice the first
// BREAK_NO_TURNS              a sender does not look whether somebody has the turn
// BREAK_MARK_OUTSIDE_LOCK     queueUp changes the word before it has the lock
// BREAK_NO_MARK               queueUp does not set `waiting` for a waiter that comes while none is woken
// BREAK_NO_MUST_WAKE          queueUp takes the turn and does not set `waiting` for the senders that still wait
// BREAK_WOKEN_IS_NOT_NOTED    queueUp does not clear `hasWoken` for the waiter that was woken
// BREAK_WOKE_NOBODY           the leaving sender sets `hasWoken` where the queue is empty
// BREAK_HANDS_OVER_AND_FREES  the leaving sender gives the turn to a waiter and frees it too
// BREAK_HAND_OVER_UNMARKS     the leaving sender gives the turn to a waiter and clears `waiting` although others wait
// BREAK_ANSWERED_SLEEPS_ON    the leaving sender answers a waiter and does not wake it
// BREAK_WITHDRAW_UNMARKS      withdraw clears `waiting` although others wait
// BREAK_TIMED_OUT_ANYWAY      a blocking sender gives up although its waiter had the answer
// BREAK_CANCELLED_ANYWAY      a suspending sender gives up although its waiter had the answer
// BREAK_WOKEN_GIVES_UP        a sender that was woken gives up without trying for the turn
// BREAK_SIGNAL_IS_ANSWER      a blocking sender takes the signal to a former waiter for an answer
// BREAK_EARLY_WAKE_IS_LOST    a Wait begins although its waiter's wake came before
// BREAK_READY_WITHOUT_ANSWER  a Wait ends as ready before the waiter has its answer, and the sender queues up once more
// BREAK_SHUT_WAITER_STAYS     a sender whose Wait a shutdown ended queues up once more without withdrawing its waiter

#ifndef SENDERS
#define SENDERS 2
#endif
#ifndef OPERATIONS
#define OPERATIONS 1
#endif
#ifndef CLOSERS
#define CLOSERS 2
#endif
#ifndef PIECES
#define PIECES 2
#endif
#define NOBODY 255

// SocketLife.word
bool closed, sending, waiting;
byte users;
#define isOver (closed && !sending && users == 0)

// SocketLife.queue: the waiters, each by its sender, and `hasWoken`. There is room for a waiter that a sender left behind by
// mistake. The lock is seen held only where its holder touches the word twice.
bool locked, hasWoken;
chan queue = [2 * SENDERS] of { byte };

// The answer of each sender's present Waiter. A sender that does not wait has NONE.
#define NONE 0
#define TURN 1
#define WOKEN 2
#define DISMISSED 3 // .closed
byte answer[SENDERS];

// How each sender waits for its turn.
#define NOT 0
#define BLOCKS 1
#define SUSPENDS 2
byte waits[SENDERS];

// The semaphore of each sender that blocks. All waiters of the sender signal it.
byte signals[SENDERS];

// The present Wait of each sender that suspends. Each waiter has a Wait of its own.
#define NOT_BEGUN 0
#define BEGUN 1
#define READY 2 // the waiter's wake ended it
#define EARLY 3 // .timeOut, or .cancelled
#define SHUT 4  // .closed: Socket.close or Socket.shutdown ended it
byte wait[SENDERS];

// By leaving sender: the sender that it has answered and is yet to wake.
byte owed[SENDERS] = NOBODY;

// The kernel. The number is this socket's, nobody's, or another file's of the same process.
mtype = { ours, free, another };
mtype number = ours;
bool ended, room;

// What happened, for the properties.
bool foreign;           // a system call was made with a number that was not this socket's
byte timesGivenBack;    // how often the number was closed
byte inPieces = NOBODY; // the sender whose list has begun and not ended
bool mixed;             // a piece of one list came inside another list
byte withTurn;          // senders that have the turn and have not ended their list
byte left;              // senders, operations and closers that are done

// Entering a system call: what the number stands for is decided here, and not looked at again while the call waits. As the
// number never becomes this socket's again, of several calls in a row the last one tells of all; and so it does together with
// the `change` that follows.
inline use() { foreign = foreign || number != ours }

// SystemCalls.close, with which the process is done.
inline release() { use(); number = free; timesGivenBack++; left++ }

// SocketLife.enter
inline enter(entered) {
  d_step {
    entered = !closed;
    if
    :: entered -> users++
    :: else
    fi
  }
}

// Socket.leave: SocketLife.leave after the last system call, and then the close where this was the last user. `isDone` says
// that it is the last that the process does otherwise.
inline leave(isDone) {
  d_step { use(); users--; mustClose = isOver; left = left + (isDone && !mustClose) }
  closeIfLast(isDone)
}

inline closeIfLast(isDone) {
  if
#ifdef BREAK_LAST_DOES_NOT_CLOSE
  :: mustClose -> d_step { mustClose = false; left = left + isDone }
#else
  :: mustClose -> d_step { mustClose = false; release(); left = left - !isDone }
#endif
  :: else
  fi
}

// SocketLife.takeTurn.
#define ENTERED 0
#define CLOSED 1
#define CONTENDED 2
inline takeTurn(entry) {
  if
  :: closed -> entry = CLOSED
#ifndef BREAK_NO_TURNS
  :: !closed && sending -> entry = CONTENDED
#endif
  :: else -> entry = ENTERED; sending = true; users++; withTurn++
  fi
}

// The `change` of SocketLife.queueUp, and what comes before it.
inline takeTurnOrMark(entry) {
#ifndef BREAK_WOKEN_IS_NOT_NOTED
  hasWoken = hasWoken && !wasWoken;
#endif
  takeTurn(entry);
  if
#ifndef BREAK_NO_MARK
  :: entry == CONTENDED -> waiting = waiting || !hasWoken
#endif
#ifndef BREAK_NO_MUST_WAKE
  :: entry == ENTERED -> waiting = waiting || (len(queue) > 0 && !hasWoken)
#endif
  :: else
  fi
}

// The rest of SocketLife.queueUp: the new waiter stands in the queue, last, or first if the sender was woken. A channel takes
// messages only at its end, so all others are then taken out and put behind the new one, in their order.
inline stand(entry) {
  if
  :: entry == CONTENDED ->
    queue!me;
    n = (wasWoken -> len(queue) - 1 : 0);
    do
    :: n > 0 -> queue?other; queue!other; n--
    :: else -> break
    od;
    other = 0
  :: else
  fi
}

// Makes a new Waiter, and a new Wait if the sender suspends. The former Wait has ended, so a wake that is still owed to it will do
// nothing: the model forgets it. A signal that is still owed to a semaphore will come.
inline newWaiter() {
  answer[me] = NONE;
  wait[me] = NOT_BEGUN;
  if
  :: waits[me] == SUSPENDS ->
    do
    :: n < SENDERS -> owed[n] = (owed[n] == me -> NOBODY : owed[n]); n++
    :: else -> break
    od;
    n = 0
  :: else
  fi
}

// SocketLife.withdraw
inline withdraw(withdrawn) {
  d_step {
    !locked;
    withdrawn = queue??[eval(me)];
    if
    :: withdrawn ->
      queue??eval(me);
#ifdef BREAK_WITHDRAW_UNMARKS
      waiting = false
#else
      waiting = waiting && len(queue) > 0
#endif
    :: else
    fi
  }
}

// Waiter.wakeUp: signals the semaphore, or ends the Wait, which may not have begun. A Wait that has ended stays as it is.
inline wakeUp(to) {
  if
  :: waits[to] == BLOCKS -> signals[to]++
  :: waits[to] == SUSPENDS && wait[to] <= BEGUN ->
#ifdef BREAK_EARLY_WAKE_IS_LOST
    wait[to] = (wait[to] == BEGUN -> READY : NOT_BEGUN)
#else
    wait[to] = READY
#endif
  :: else
  fi
}

// The sender has the turn, or is done. What is left of its waits is cleared, for fewer states.
inline endWaiting() {
  waits[me] = NOT;
  answer[me] = NONE;
  signals[me] = 0;
  wait[me] = NOT_BEGUN;
  wasWoken = false;
  mayGiveUp = false
}

// Socket.endWatchedWaits, for a closer and for the operation that shuts the socket down: ends each Wait that has begun. It knows
// the waits by the descriptor's number, so the number has to be this socket's.
inline endWatchedWaits() {
  d_step {
    use();
    do
    :: n < SENDERS -> wait[n] = (wait[n] == BEGUN -> SHUT : wait[n]); n++
    :: else -> break
    od;
    n = 0
  }
}

// The kernel takes a piece of the list of sender `who`.
inline take(who) {
  room = false;
  mixed = mixed || (inPieces != NOBODY && inPieces != who);
  inPieces = who;
  piece++;
  if
  :: piece == PIECES -> inPieces = NOBODY
  :: else
  fi
}

// Socket.transmit, and Socket.send of SocketSendAsync.
proctype Sender(byte me) {
  byte entry, piece, n, other;
  bool entered, mustClose, wasWoken, mayGiveUp, withdrawn, handsOver;

  atomic {
    takeTurn(entry);
    if
    :: entry == ENTERED -> goto send
    :: entry == CLOSED -> left++; goto done
    :: entry == CONTENDED -> goto contended
    fi
  }

contended: // The sender may not wait, or it suspends, or it blocks.
  if
  :: atomic { true -> left++; goto done }
  :: atomic { waits[me] = SUSPENDS; goto mayWait }
  :: enter(entered)
  fi;
  // Socket.mayNotWait asks the socket for its mode, which is an operation.
  if
  :: entered ->
    leave(false);
    if
    :: atomic { true -> left++; goto done }
    :: true
    fi
  :: else
  fi;
  waits[me] = BLOCKS;
mayWait:
  if
  :: mayGiveUp = true
  :: true
  fi;

queueUp: // SocketLife.queueUp
#ifdef BREAK_MARK_OUTSIDE_LOCK
  atomic { newWaiter(); takeTurnOrMark(entry) }
#endif
  atomic {
#ifdef BREAK_MARK_OUTSIDE_LOCK
    d_step { !locked; stand(entry) }
#else
    d_step { !locked; newWaiter(); takeTurnOrMark(entry); stand(entry) }
#endif
    if
    :: entry == ENTERED -> endWaiting(); goto send
    :: entry == CLOSED -> endWaiting(); left++; goto done
    :: entry == CONTENDED && waits[me] == SUSPENDS -> goto suspend
    :: entry == CONTENDED && waits[me] == BLOCKS
    fi
  }

look: // SocketLife.waitForTurn, after queueUp
  if
  :: atomic { answer[me] != NONE -> goto answered }
  :: answer[me] == NONE
  fi;
  if
  :: atomic {
      signals[me] > 0 -> signals[me]--;
#ifdef BREAK_SIGNAL_IS_ANSWER
      goto answered
#else
      goto look
#endif
    }
  :: mayGiveUp -> withdraw(withdrawn)
  fi;
  atomic {
    if
    :: withdrawn -> withdrawn = false; endWaiting(); left++; goto done
#ifdef BREAK_TIMED_OUT_ANYWAY
    :: else -> endWaiting(); left++; goto done
#else
    :: else -> goto look
#endif
    fi
  }

suspend: // Socket.waitForTurn in TurnWait.swift, after queueUp, and SocketEvents.end. The Wait begins, unless it has ended.
  atomic {
    if
    :: wait[me] == NOT_BEGUN && closed -> wait[me] = SHUT
    :: wait[me] == NOT_BEGUN -> wait[me] = BEGUN // isClosed is relaxed: an old false may be seen
    :: else
    fi
  }
  if
  :: wait[me] > BEGUN
  :: atomic { mayGiveUp && wait[me] == BEGUN -> wait[me] = EARLY }
#ifdef BREAK_READY_WITHOUT_ANSWER
  :: atomic { wait[me] == BEGUN && !wasWoken -> wait[me] = READY } // once, so that the queue does not grow
#endif
  fi;
#ifdef BREAK_SHUT_WAITER_STAYS
  if
  :: atomic { wait[me] == SHUT && !closed -> goto queueUp }
  :: else
  fi;
#endif
#ifdef BREAK_READY_WITHOUT_ANSWER
  if
  :: atomic { wait[me] == READY -> goto answered }
  :: else
  fi;
#endif
  withdraw(withdrawn);
  atomic {
    if
#ifdef BREAK_CANCELLED_ANYWAY
    :: wait[me] == EARLY -> withdrawn = false; endWaiting(); left++; goto done
#endif
    :: withdrawn && wait[me] == EARLY -> withdrawn = false; endWaiting(); left++; goto done
    :: withdrawn && wait[me] == SHUT && closed -> withdrawn = false; endWaiting(); left++; goto done
    // It was shut down, or it was closed but an old false was seen.
    :: withdrawn && wait[me] == SHUT -> withdrawn = false; wasWoken = false; goto queueUp
    :: !withdrawn
    fi
  }

answered:
  atomic {
    if
    :: answer[me] == TURN -> endWaiting(); withTurn++; goto send
    :: answer[me] == DISMISSED -> endWaiting(); left++; goto done
#ifdef BREAK_WOKEN_GIVES_UP
    :: answer[me] == WOKEN && mayGiveUp -> endWaiting(); left++; goto done
#endif
    :: answer[me] == WOKEN -> wasWoken = true; goto queueUp
#if defined(BREAK_SIGNAL_IS_ANSWER) || defined(BREAK_READY_WITHOUT_ANSWER)
    :: answer[me] == NONE -> wasWoken = true; goto queueUp
#endif
    fi
  }

send: // sendv_perform: the first offer does not wait
  atomic {
    use();
    if
    :: ended -> goto sent
    :: !ended && room ->
      take(me);
      if
      :: piece == PIECES -> goto sent
      :: else -> goto send
      fi
    :: else
    fi
  }
  // Room is short. A sender without a deadline waits inside send. Any other waits in poll or suspends, and may give up.
  if
  :: atomic { true -> use() }
    atomic {
      room || ended ->
      if
      :: ended -> goto sent
      :: else ->
        take(me);
        if
        :: piece == PIECES -> goto sent
        :: else -> goto send
        fi
      fi
    }
  :: atomic { true -> use() }
    if
    :: room || ended -> goto send
    :: goto sent
    fi
  fi;

sent: // A list may end early; what comes next is another list.
  atomic {
    piece = 0;
    withTurn--;
    if
    :: inPieces == me -> inPieces = NOBODY
    :: else
    fi
  }

  // SocketLife.leaveTurn
  atomic {
    if
    :: waiting
    :: else ->
      users--;
      sending = false;
      mustClose = isOver;
      left = left + !mustClose;
      goto leftTurn
    fi
  }
  // SocketLife.leaveTurnToWaiter: first isClosed and the answer, then the `change`.
  atomic {
    !locked;
    if
    :: len(queue) == 0
    :: len(queue) > 0 && closed
    :: len(queue) > 0 -> queue?owed[me] // isClosed is relaxed: an old false may be seen
    fi;
    hasWoken = false;
    if
    :: owed[me] == NOBODY
#ifdef BREAK_WOKE_NOBODY
      -> hasWoken = true
#endif
    :: owed[me] != NOBODY -> answer[owed[me]] = TURN; handsOver = true
    :: owed[me] != NOBODY -> answer[owed[me]] = WOKEN; hasWoken = true
    fi;
    locked = true
  }
  d_step {
    if
#ifdef BREAK_HANDS_OVER_AND_FREES
    :: handsOver -> waiting = waiting && len(queue) > 0; sending = false
#else
#ifdef BREAK_HAND_OVER_UNMARKS
    :: handsOver -> waiting = false
#else
    :: handsOver -> waiting = waiting && len(queue) > 0
#endif
#endif
    :: else -> users--; sending = false; waiting = false; mustClose = isOver
    fi;
    handsOver = false;
    locked = false
  }
  d_step {
    if
#ifndef BREAK_ANSWERED_SLEEPS_ON
    :: owed[me] != NOBODY -> wakeUp(owed[me])
#endif
    :: else
    fi;
    owed[me] = NOBODY;
    left = left + !mustClose
  }
leftTurn:
  closeIfLast(true);
done:
  atomic { entry = 0; entered = false } // for fewer states
}

// Socket.using: a receive or an accept, which may wait for what never comes. Or Socket.shutdown of one direction or both.
proctype Operation() {
  bool entered, mustClose;
  byte n;
  atomic {
    enter(entered);
    if
    :: entered
    :: else -> left++; goto done
    fi
  }
  if
#if CLOSERS > 0
  :: atomic { true -> use() }
    ended
#endif
  :: atomic { true -> use() }
    if
    :: ended = true
    :: true
    fi;
    endWatchedWaits()
  :: true
  fi;
  leave(true);
done:
  entered = false
}

// SocketLife.close: the closer takes all waiters out of the queue and answers them, then wakes one after another. `taken` has a
// bit for each sender that is still to be woken.
inline dismissWaiters() {
  d_step {
    !locked;
    do
    :: len(queue) > 0 -> queue?n; answer[n] = DISMISSED; taken = taken | (1 << n)
    :: else -> break
    od;
    n = 0
  }
  do
  :: d_step {
      taken > 0 ->
      do
      :: taken & (1 << n) -> break
      :: else -> n++
      od;
      wakeUp(n);
      taken = taken - (1 << n);
      n = 0
    }
  :: taken == 0 -> break
  od
}

// Socket.interruptOperations: which family, then disconnect or shutdown.
inline interruptOperations() {
#ifdef BREAK_NO_WAKE
  use()
#else
  d_step { use(); ended = true }
#endif
}

// Socket.close
proctype Closer() {
  bool again, inUse, mustClose;
  byte n, taken;

#ifdef BREAK_DISMISS_BEFORE_MARK
  dismissWaiters();
#endif
#ifdef BREAK_WAKE_BEFORE_MARK
  if
  :: users > 0 && !closed -> interruptOperations()
  :: else
  fi;
#endif
  atomic {
#ifndef BREAK_BOTH_CLOSE
    again = closed;
#endif
    closed = true;
    if
    :: again -> left++; goto done
    :: !again && users > 0 -> inUse = true; users++
    :: else
    fi
  }
#ifndef BREAK_DISMISS_BEFORE_MARK
  dismissWaiters();
#endif
  if
  :: d_step { !inUse -> release() }
  :: inUse ->
#ifdef BREAK_CLOSE_AT_ONCE
    interruptOperations();
    d_step { users--; release() }
#else
#ifndef BREAK_WAKE_BEFORE_MARK
    interruptOperations();
#endif
    endWatchedWaits();
    leave(true)
#endif
  fi;
done:
  atomic { again = false; inUse = false }
}

// Another thread that opens files: it is given the lowest free number.
active proctype Opener() {
end:
  do
  :: atomic { number == free -> number = another }
  od
}

// The peer. With closers about it may stop reading at any time.
active proctype Reader() {
end:
  do
  :: atomic {
      !room ->
      if
      :: room = true
#if CLOSERS > 0
      :: break
#endif
      fi
    }
  od
}

init {
  byte n;
  atomic {
    for (n : 1 .. SENDERS) { run Sender(n - 1) }
#if OPERATIONS > 0
    for (n : 1 .. OPERATIONS) { run Operation() }
#endif
#if CLOSERS > 0
    for (n : 1 .. CLOSERS) { run Closer() }
#endif
    n = 0
  }
}

#define ALL_LEFT (left == SENDERS + OPERATIONS + CLOSERS)

#if SENDERS > 2
#define SOMEBODY_WAS_WOKEN (answer[0] == WOKEN || answer[1] == WOKEN || answer[2] == WOKEN)
#else
#define SOMEBODY_WAS_WOKEN (answer[0] == WOKEN || answer[1] == WOKEN)
#endif
// If somebody stands in the queue of an open socket and nobody has the turn, then a sender was woken and is still to try for it.
#define SOMEBODY_WILL_TRY (len(queue) == 0 || sending || closed || SOMEBODY_WAS_WOKEN)

ltl number_stays_ours { [] !foreign }
ltl given_back_at_most_once { [] (timesGivenBack <= 1) }
ltl one_has_the_turn { [] (withTurn <= 1) }
ltl lists_stay_whole { [] !mixed }
ltl somebody_will_try { [] SOMEBODY_WILL_TRY }
// The five above in one search.
ltl all_is_safe { [] (!foreign && timesGivenBack <= 1 && withTurn <= 1 && !mixed && SOMEBODY_WILL_TRY) }
// With closers: once one has marked the socket closed, all leave, whether the peer reads or not, and the number is free.
ltl all_leave_after_close { [] (closed -> <> ALL_LEFT) }
ltl given_back { <> (timesGivenBack == 1) }
// Without closers, and a peer that reads: every sender has its turn, or gives up by its own time-out.
ltl all_are_served { <> ALL_LEFT }
