// SPDX-License-Identifier: Apache-2.0
//
// Waiting for room in a socket, up to a deadline.
#ifndef CSENDSHIM_WAIT_H
#define CSENDSHIM_WAIT_H

#include <stdbool.h>
#include <stdint.h>

// How long a call may wait. Made once, when the socket first takes less than it was offered, so that nothing which happens
// later (a signal, a trickling reader) makes the time start again.
struct patience {
    enum {
        PATIENCE_UNASKED,  // the socket has taken all it was offered so far
        PATIENCE_NONE,     // take what fits now
        PATIENCE_IN_SEND,  // for ever, and the kernel waits inside send
        PATIENCE_DEADLINE, // until deadline_ns on the monotonic clock
        PATIENCE_ENDLESS
    } kind;
    int64_t deadline_ns;
    unsigned fruitless; // times in a row that poll saw room and the socket then took nothing
};

// What the caller may wait for, of a time-out of `timeout_ns` that starts now; negative is endless.
struct patience sendv_patience_from_now(int64_t timeout_ns);

// What the socket's own SO_SNDTIMEO says, starting now.
struct patience sendv_patience_of_socket(int fd);

bool sendv_is_nonblocking(int fd);
bool sendv_is_stream(int fd);

// Reads an int option of SOL_SOCKET. Returns 0 or an errno value, ENOTSOCK and EBADF among them.
int sendv_socket_option(int fd, int name, int *value);

// Waits until `fd` may have room, or a signal came, or the deadline passed. Returns 0, after which sending is to be tried
// (and says what is wrong with the socket, if anything is), or ETIMEDOUT if the deadline had passed before.
int sendv_wait_for_room(int fd, struct patience *patience);

#endif
