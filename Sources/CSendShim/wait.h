// SPDX-License-Identifier: Apache-2.0
//
// Waiting for room in a socket: how long a call may wait, and how it waits without spinning.
#ifndef CSENDSHIM_WAIT_H
#define CSENDSHIM_WAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

// While a reader keeps up, one system call takes a list of any length (360 MB in 77 ms), and no deadline ends it. So a call
// offers a stream at most this many bytes at a time, except inside a waiting send. The throughput with 1 MiB equals that
// without a limit.
#ifndef SENDV_OFFER_BYTES
#define SENDV_OFFER_BYTES ((size_t)1 << 20)
#endif

// How a call waits. The deadline is set once, so a signal, or a reader that takes a byte at a time, does not restart the
// time.
struct waiting {
    enum {
        WAIT_UNDECIDED, // not decided yet, or to be decided again
        WAIT_NEVER,     // the call sends what fits now, then ends with `when_full`
        WAIT_IN_SEND,   // without a deadline, inside send
        WAIT_UNTIL,     // outside send, until deadline_ns
        WAIT_FOREVER    // outside send, without a deadline; in sendv_parts.c it may be inside a system call that sends
    } how;
    enum { BY_POLL, BY_PAUSE, BY_CHANGE, BY_SLEEP } by; // the table in wait.c
    bool send_gave_up;   // a send that should have waited for room answered EAGAIN
    int when_full;       // EAGAIN, or ETIMEDOUT for a time-out of 0
    int watch;           // the epoll descriptor plus 1, or 0; used by BY_CHANGE
    unsigned pauses;     // pauses and sleeps that no signal ended, since the socket last took a byte
    unsigned events;     // signals and changes since the socket last took a byte
    int64_t deadline_ns; // on the monotonic clock
};

// Sets `how` and the deadline for a wait of `timeout_ns` from now: 0 never waits, negative waits for ever.
void sendv_wait_from_now(struct waiting *waiting, int64_t timeout_ns);

// Sets `how` and the deadline from the socket's own SO_SNDTIMEO, counted from now. Returns 0 or the error of getsockopt.
int sendv_wait_as_socket(struct waiting *waiting, int fd);

// Waits at most 100 ms for room in `fd`. Returns 0 whatever ended the wait: room, a signal, the deadline or the 100 ms. The next
// send shows whether there is room. Returns ETIMEDOUT without a wait if the deadline has passed, or the error if there is no way
// to wait.
int sendv_wait_for_room(struct waiting *waiting, int fd);

// Call this when the socket took bytes. Pauses begin at the shortest again, and after a pause the next wait polls. BY_CHANGE and
// BY_SLEEP stay: their reasons (the error queue, a sandbox) last.
static inline void sendv_wait_progressed(struct waiting *waiting)
{
    waiting->pauses = waiting->events = 0;
    if (waiting->by == BY_PAUSE)
        waiting->by = BY_POLL;
}

bool sendv_wait_is_over(const struct waiting *waiting);

// The nanoseconds until the deadline of WAIT_UNTIL, at least 1.
int64_t sendv_wait_left(const struct waiting *waiting);

// Closes the epoll descriptor, if a wait opened one.
static inline void sendv_wait_end(const struct waiting *waiting)
{
    if (waiting->watch > 0)
        (void)close(waiting->watch - 1);
}

// Reads whether O_NONBLOCK is set. Returns 0 or an errno value.
int sendv_ask_nonblocking(int fd, bool *nonblocking);

// Reads an int option of SOL_SOCKET. Returns 0 or an errno value, ENOTSOCK and EBADF among them.
int sendv_socket_option(int fd, int name, int *value);

bool sendv_is_stream(int fd);

// The address family of the socket, AF_UNSPEC if it cannot be told.
int sendv_family(int fd);

// Whether the socket is an Internet socket without a local port. It gets one in its first send; if no port is free, Linux
// answers EAGAIN to that send even if it may wait.
bool sendv_lacks_port(int fd);

#endif
