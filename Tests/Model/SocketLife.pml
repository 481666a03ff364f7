// SPDX-License-Identifier: Apache-2.0
//
// The life of a Socket's descriptor as a model for Spin, which tries every order in which the threads' steps can come.
// It follows SocketLife.swift, Socket.swift and Socket+Send.swift in Sources/SocketSend. When you change one of them, make the
// same change here and run `make model`, which fails until the fingerprint of SocketLife.swift's code below is the new one:
// fingerprint 80b61686d820213c
//
// A step is what the Swift code does at once: a `change` of the atomic word, signalling a semaphore, entering a system call,
// being woken in one. A `change` that has to try again had no effect, so it is the one step in which it succeeds. A load with
// relaxed ordering may see an older value. What a holder of the lock does is one step where the word is touched only once in
// it, as nobody sees the rest before the lock is given back.
//
// Of the kernel there are: one descriptor's number, the socket's room, and whether the connection was ended, which a call
// that waits notices, and one that comes later too: so it is with send, poll, recv and accept on Linux. (Connect is not in the
// model: see wakeUsers and ConnectMeetsCloseTests.) A list has PIECES pieces, each taken by one system call.
//
// Each BREAK_ switch puts a mistake in, which Tests/Model/run must see.

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

// SocketLife.queue. Its lock is seen held only where the holder touches the word twice.
bool locked;
chan queue = [SENDERS] of { byte };

// Each sender's Waiter
bool answered[SENDERS], hasTurn[SENDERS];

// The kernel. The number is this socket's, nobody's, or another file's of the same process.
mtype = { ours, free, another };
mtype number = ours;
bool ended, room;

// What happened, for the properties.
bool foreign;           // a system call was made with a number that was not this socket's
byte timesGivenBack;    // how often the number was closed
byte inPieces = NOBODY; // the sender whose list has begun and not ended
bool mixed;             // a piece of one list came inside another list
byte left;              // senders, operations and closers that are done

// Entering a system call: what the number stands for is decided here, and not looked at again while the call waits. As the
// number never becomes this socket's again, of several calls in a row the last one tells of all; and so it does together with
// the `change` that follows.
inline use() { foreign = foreign || number != ours }

// SystemCalls.release, with which the process is done.
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

// SocketLife.takeTurn, and the `change` of waitForTurn, which also says that the queue has a waiter.
#define ENTERED 0
#define CLOSED 1
#define CONTENDED 2
inline takeTurn(entry, mark) {
  d_step {
    if
    :: closed -> entry = CLOSED
#ifndef BREAK_NO_TURNS
    :: !closed && sending -> entry = CONTENDED; waiting = waiting || mark
#endif
    :: else -> entry = ENTERED; sending = true; users++
    fi
  }
}

// Waiter.answer. The waiter looks at hasTurn only once it has its answer.
inline answer(to, turn) {
  d_step { hasTurn[to] = turn; answered[to] = true }
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

// Socket.transmit
proctype Sender(byte me; bool hasDeadline) {
  byte entry, next, piece;
  bool entered, mustClose;

  atomic {
    takeTurn(entry, false);
    if
    :: entry == ENTERED -> goto send
    :: entry == CLOSED -> left++; goto done
    :: entry == CONTENDED -> goto contended
    fi
  }

contended: // Socket.mayNotWait: the flag says so, or the socket's mode, and to ask for that is an operation.
  if
  :: atomic { true -> left++; goto done }
  :: enter(entered)
  fi;
  if
  :: entered ->
    leave(false);
    if
    :: atomic { true -> left++; goto done }
    :: true
    fi
  :: else
  fi;

  // SocketLife.waitForTurn
#ifdef BREAK_MARK_OUTSIDE_LOCK
  takeTurn(entry, true);
#endif
  atomic {
    !locked;
#ifndef BREAK_MARK_OUTSIDE_LOCK
    takeTurn(entry, true);
#endif
    if
    :: entry == ENTERED -> goto send
    :: entry == CLOSED -> left++; goto done
    :: entry == CONTENDED -> queue!me
    fi
  }
  if
  :: answered[me]
  :: hasDeadline ->
    // SocketLife.withdraw
    atomic {
      !locked;
      if
      :: queue??[eval(me)] ->
        queue??eval(me);
        if
        :: len(queue) == 0 -> waiting = false
        :: else
        fi;
        left++;
        goto done
      :: else
      fi
    }
#ifdef BREAK_TIMED_OUT_ANYWAY
    atomic { true -> left++; goto done };
#endif
    answered[me]
  fi;
  atomic {
    if
    :: hasTurn[me] -> goto send
    :: else -> left++; goto done
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
  // Room is short: without a deadline it waits inside send, with one in poll.
  if
  :: atomic { !hasDeadline -> use() }
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
  :: atomic { hasDeadline -> use() }
    if
    :: room || ended -> goto send
    :: goto sent
    fi
  fi;

sent: // A list may end early; what comes next is another list.
  atomic {
    piece = 0;
    if
    :: inPieces == me -> inPieces = NOBODY
    :: else
    fi
  }

leaveTurn: // SocketLife.leaveTurn
  atomic {
    if
    :: waiting -> goto handTurnOver
    :: else ->
      users--;
      sending = false;
      mustClose = isOver;
      left = left + !mustClose;
      goto left_turn
    fi
  }
handTurnOver: // SocketLife.handTurnOver
  atomic {
    !locked;
    if
    :: len(queue) == 0 -> next = NOBODY
    :: len(queue) > 0 && closed -> next = NOBODY
    :: len(queue) > 0 -> queue?next // isClosed is relaxed: an old false may be seen
    fi;
    locked = true
  }
  d_step {
    if
    :: len(queue) == 0 || next == NOBODY -> waiting = false
    :: else
    fi;
    locked = false
  }
  if
  :: atomic { next != NOBODY -> answer(next, true); left++; goto done }
  :: next == NOBODY -> goto leaveTurn
  fi;
left_turn:
  closeIfLast(true);
done:
  atomic { entry = 0; next = 0; entered = false } // for fewer states
}

// Socket.using: a receive or an accept, which may wait for what never comes.
proctype Operation() {
  bool entered, mustClose;
  atomic {
    enter(entered);
    if
    :: entered
    :: else -> left++; goto done
    fi
  }
  if
  :: atomic { true -> use() }
    ended
  :: true
  fi;
  leave(true);
done:
  entered = false
}

// SocketLife.close: the closer takes the queue as it stands and sends each waiter away. `taken` has a bit a sender.
inline dismissWaiters() {
  atomic {
    !locked;
    do
    :: queue?who -> taken = taken | (1 << who)
    :: len(queue) == 0 -> break
    od;
    who = 0
  }
  do
  :: d_step {
      taken > 0 ->
      do
      :: taken & 1 -> break
      :: else -> taken = taken >> 1; who++
      od;
      answer(who, false);
      taken = taken - 1
    }
  :: atomic { taken == 0 -> who = 0; break }
  od
}

// Socket.wakeUsers: which family, then disconnect or shutdown.
inline wakeUsers() {
#ifdef BREAK_NO_WAKE
  use()
#else
  d_step { use(); ended = true }
#endif
}

// Socket.close
proctype Closer() {
  bool again, inUse, mustClose;
  byte who, taken;

#ifdef BREAK_DISMISS_BEFORE_MARK
  dismissWaiters();
#endif
#ifdef BREAK_WAKE_BEFORE_MARK
  if
  :: users > 0 && !closed -> wakeUsers()
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
    wakeUsers();
    d_step { users--; release() }
#else
#ifndef BREAK_WAKE_BEFORE_MARK
    wakeUsers();
#endif
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
  byte n, withDeadline;
  atomic {
    select (withDeadline : 0 .. SENDERS);
    for (n : 1 .. SENDERS) { run Sender(n - 1, n <= withDeadline) }
#if OPERATIONS > 0
    for (n : 1 .. OPERATIONS) { run Operation() }
#endif
#if CLOSERS > 0
    for (n : 1 .. CLOSERS) { run Closer() }
#endif
    n = 0;
    withDeadline = 0
  }
}

#define ALL_LEFT (left == SENDERS + OPERATIONS + CLOSERS)

ltl number_stays_ours { [] !foreign }
ltl given_back_at_most_once { [] (timesGivenBack <= 1) }
ltl lists_stay_whole { [] !mixed }
// With closers: once one has marked the socket closed, all leave, whether the peer reads or not, and the number is free.
ltl all_leave_after_close { [] (closed -> <> ALL_LEFT) }
ltl given_back { <> (timesGivenBack == 1) }
// Without closers, and a peer that reads: every sender has its turn, or gives up by its own time-out.
ltl all_are_served { <> ALL_LEFT }
