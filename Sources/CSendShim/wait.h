// SPDX-License-Identifier: Apache-2.0
//
// Waiting for room in a socket, up to a deadline.
#ifndef CSENDSHIM_WAIT_H
#define CSENDSHIM_WAIT_H

#include <stdbool.h>
#include <stdint.h>

// How a call waits for room. Decided once, when the socket first takes less than it was offered. A signal or a reader that
// takes a byte at a time does not make the time start again.
struct waiting {
    enum {
        WAIT_UNDECIDED, // the socket has taken everything so far
        WAIT_NEVER,     // the call sends what fits now
        WAIT_IN_SEND,   // without a deadline, inside send
        WAIT_UNTIL,     // in poll, until deadline_ns
        WAIT_FOREVER    // in poll, without a deadline
    } how;
    int64_t deadline_ns;  // on the monotonic clock
    unsigned empty_polls; // times in a row that poll reported room, and the socket then took nothing
};

// A wait of at most `timeout_ns` nanoseconds that starts now; without a deadline if that is negative.
struct waiting sendv_wait_from_now(int64_t timeout_ns);

// A wait of the socket's own SO_SNDTIMEO that starts now.
struct waiting sendv_wait_as_socket(int fd);

bool sendv_is_nonblocking(int fd);
bool sendv_is_stream(int fd);

// Reads an int option of SOL_SOCKET. Returns 0 or an errno value, ENOTSOCK and EBADF among them.
int sendv_socket_option(int fd, int name, int *value);

// Waits until `fd` may have room, a signal comes, or the deadline passes. Returns 0: the next send says how things are.
// Returns ETIMEDOUT without a wait if the deadline has passed already.
int sendv_wait_for_room(int fd, struct waiting *waiting);

#endif
