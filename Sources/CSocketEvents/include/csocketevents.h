// SPDX-License-Identifier: Apache-2.0
//
// csocketevents.h: what SocketSendAsync asks of the system to wait for many sockets on one thread, and what SocketSend asks on
// Linux to wait for a change of one socket. On Linux it is epoll, which Swift's module of the C library lacks, and an eventfd
// that ends a wait. On macOS and the BSDs it is kqueue, whose user event ends a wait.
#ifndef CSOCKETEVENTS_H
#define CSOCKETEVENTS_H

#include <stddef.h>
#include <stdint.h>

// What a socket is watched for, and what happened to it.
enum {
    SOCKET_EVENT_ROOM = 1,   // it may have room for more bytes
    SOCKET_EVENT_DATA = 2,   // it may have bytes, a connection to accept, or the end of the stream
    SOCKET_EVENT_ERROR = 4,  // an error, or an entry in its error queue
    SOCKET_EVENT_HANG_UP = 8 // both directions are shut down, or the connection is gone; with kqueue: sending is over
};

// One event. `token` is what the socket was armed with. Its lower half is the descriptor.
struct socket_event {
    uint64_t token;
    uint32_t what;
};

// The most events that one wait reports. 64 events take 1024 bytes, the most that Swift's
// withUnsafeTemporaryAllocation takes from the stack.
enum { SOCKET_EVENTS_MOST = 64 };

struct socket_events {
    int queue; // the epoll descriptor or the kqueue
    int wakeup; // the eventfd; -1 with kqueue
};

// Opens the descriptors. Returns 0, or an errno value with nothing open: for example EMFILE, or ENOSPC (max_user_watches).
int socket_events_open(struct socket_events *events);

void socket_events_close(const struct socket_events *events);

// Watches `fd` for `what`: ROOM, DATA or both. An error is always an event. epoll always reports hang-up; kqueue reports it
// only to a watch for ROOM. A condition that holds already is an event. If `every_change` is 0, the first event ends the
// watch. If it is 1, each later change is an event too, until the socket is forgotten or armed again. `is_known` says whether
// this descriptor was armed before and not forgotten since. Returns 0 or an errno value. The lower 32 bits of `token` are
// `fd`.
// kqueue watches ROOM and DATA separately: the first event of one kind does not end the watch for the other kind.
int socket_events_arm(const struct socket_events *events, int fd, uint32_t what, int every_change, int is_known, uint64_t token);

// Forgets `fd`, which was armed and is still open.
void socket_events_forget(const struct socket_events *events, int fd);

// Waits for events, for at most `ns` nanoseconds; negative is for ever. Writes them to `ready`, which has room for
// SOCKET_EVENTS_MOST. Returns their number, which may be 0 before the time is over: look at the clock and call again.
int socket_events_await(const struct socket_events *events, struct socket_event *ready, int64_t ns);

// Ends the wait that another thread is in, or its next one.
void socket_events_wake(const struct socket_events *events);

// Whether sending on the connected stream `fd` was shut down, or the connection is gone. Call it only for Unix streams, for
// which Linux has no such event. It makes an empty send, which a message socket would deliver as an empty message. With
// kqueue there is an event, and the answer is always 0.
int socket_events_has_ended_sending(int fd);

#endif
