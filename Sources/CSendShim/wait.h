// SPDX-License-Identifier: Apache-2.0
//
// Waiting for room in a socket: how long a call may wait, and how it waits without spinning.
#ifndef CSENDSHIM_WAIT_H
#define CSENDSHIM_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

// While a reader keeps up, one system call takes a list of any length: 360 MB in 77 ms. So a call offers a stream this many bytes at
// a time, unless it waits inside send. With 1 MiB the throughput is the same as without.
#ifndef SENDV_OFFER_BYTES
#define SENDV_OFFER_BYTES ((size_t)1 << 20)
#endif

// How a call waits. Decided once, so that neither a signal nor a reader that takes a byte at a time makes the time start again.
struct waiting {
    enum {
        WAIT_UNDECIDED, // the socket has taken everything so far
        WAIT_NEVER,     // the call sends what fits now, then ends with `when_full`
        WAIT_IN_SEND,   // without a deadline, inside send
        WAIT_UNTIL,     // outside send, until deadline_ns
        WAIT_FOREVER    // outside send, without a deadline
    } how;
    enum { BY_POLL, BY_PAUSE, BY_CHANGE, BY_SLEEP } by; // the table in wait.c
    bool send_returns;   // a send that should have waited answered EAGAIN
    int when_full;       // EAGAIN, or ETIMEDOUT for a time-out of 0
    int watch;           // of BY_CHANGE: the epoll descriptor plus 1, or 0
    unsigned pauses;     // pauses and sleeps that no signal ended, since the socket last took a byte
    unsigned events;     // signals and changes since the socket last took a byte
    int64_t deadline_ns; // on the monotonic clock
};

// Decides for a wait of `timeout_ns` nanoseconds that starts now: 0 never waits, and a negative time is for ever.
void sendv_wait_from_now(struct waiting *waiting, int64_t timeout_ns);

// Decides for a wait of the socket's own SO_SNDTIMEO that starts now. Returns 0 or the error of the question.
int sendv_wait_as_socket(struct waiting *waiting, int fd);

// Waits at most 100 ms: until `fd` may have room, a signal comes, or the deadline passes. Returns 0: the next send says how
// things are. Returns ETIMEDOUT without a wait if the deadline has passed, or the error if there is no way to wait.
int sendv_wait_for_room(struct waiting *waiting, int fd);

// Call this when the socket took bytes: the next wait polls again.
static inline void sendv_wait_progressed(struct waiting *waiting)
{
    waiting->pauses = waiting->events = 0;
    if (waiting->by == BY_PAUSE)
        waiting->by = BY_POLL;
}

bool sendv_wait_is_over(const struct waiting *waiting);

// Gives back what the waits of the call took.
static inline void sendv_wait_end(const struct waiting *waiting)
{
    if (waiting->watch > 0)
        (void)close(waiting->watch - 1);
}

// Asks for O_NONBLOCK. Returns 0 or an errno value.
int sendv_ask_nonblocking(int fd, bool *nonblocking);

// Reads an int option of SOL_SOCKET. Returns 0 or an errno value, ENOTSOCK and EBADF among them.
int sendv_socket_option(int fd, int name, int *value);

bool sendv_is_stream(int fd);

// The address family of the socket, AF_UNSPEC if it cannot be told.
int sendv_family(int fd);

// Whether the socket is an Internet socket without a local port. It gets one in its first send; if no port is free, Linux answers
// EAGAIN to that send even if it may wait.
bool sendv_lacks_port(int fd);

#endif
