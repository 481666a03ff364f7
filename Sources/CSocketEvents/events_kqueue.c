// SPDX-License-Identifier: Apache-2.0
//
// Events by kqueue, on macOS and the BSDs. SOCKET_EVENTS_KQUEUE is for a test on another system, which supplies its own kqueue.
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE 1
#endif
#include "csocketevents.h"

#if !defined(__linux__) || defined(SOCKET_EVENTS_KQUEUE)

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <sys/types.h>

#include <sys/event.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const int64_t ns_per_s = 1000000000;
static const int64_t longest_wait_s = 1000; // each system has a limit of its own
// The identifier of the event that ends a wait. Each filter has its own identifiers, so this one is not descriptor 0.
static const uintptr_t wakeup_ident = 0;

#ifdef __NetBSD__
typedef size_t event_count;
#else
typedef int event_count;
#endif

// The fields of struct kevent have different types on different systems. `udata` has room for half of the token on watchOS, where a
// pointer has 32 bits. The other half is the descriptor, which is `ident`.
static struct kevent change_of(int filter, uintptr_t ident, unsigned flags, unsigned fflags, uint64_t token)
{
    struct kevent change = {.ident = ident};
    change.filter = (__typeof__(change.filter))filter;
    change.flags = (__typeof__(change.flags))flags;
    change.fflags = (__typeof__(change.fflags))fflags;
    change.udata = (__typeof__(change.udata))(uintptr_t)(token >> 32);
    return change;
}

int socket_events_open(struct socket_events *events)
{
    const struct kevent wakeup = change_of(EVFILT_USER, wakeup_ident, EV_ADD | EV_CLEAR, 0, 0);
    int error = 0;
    events->wakeup = -1;
    events->queue = kqueue();
    if (events->queue < 0 || fcntl(events->queue, F_SETFD, FD_CLOEXEC) < 0 ||
        kevent(events->queue, &wakeup, 1, NULL, 0, NULL) < 0)
        error = errno;
    if (error != 0)
        socket_events_close(events);
    return error;
}

void socket_events_close(const struct socket_events *events)
{
    if (events->queue >= 0)
        (void)close(events->queue);
}

// Makes the changes. Returns 0, or the error of the first addition that failed. What is to be deleted may be gone:
// its event came, or its descriptor was closed.
static int apply(const struct socket_events *events, const struct kevent *changes, event_count count)
{
    struct kevent results[4];
    int made;
    // With a receipt for each change, the call brings no event.
    do {
        made = kevent(events->queue, changes, count, results, count, NULL);
    } while (made < 0 && errno == EINTR);
    if (made < 0)
        return errno;
    for (int i = 0; i < made; i++)
        if (results[i].data != 0 && (changes[i].flags & EV_ADD) != 0)
            return (int)results[i].data;
    return 0;
}

// Writes the two changes that delete the watches of `fd`. Returns their number.
static event_count delete_both(struct kevent *changes, int fd)
{
    changes[0] = change_of(EVFILT_READ, (uintptr_t)fd, EV_DELETE | EV_RECEIPT, 0, 0);
    changes[1] = change_of(EVFILT_WRITE, (uintptr_t)fd, EV_DELETE | EV_RECEIPT, 0, 0);
    return 2;
}

int socket_events_arm(const struct socket_events *events, int fd, uint32_t what, int every_change, int is_known, uint64_t token)
{
    const unsigned flags = EV_ADD | EV_RECEIPT | (every_change ? EV_CLEAR : EV_ONESHOT);
    struct kevent changes[4];
    if (fd < 0)
        return EBADF;
    // The old watches are deleted first: EV_ADD on an existing watch changes its token, but neither EV_ONESHOT nor EV_CLEAR.
    event_count count = is_known ? delete_both(changes, fd) : 0;
    if (what & SOCKET_EVENT_DATA)
        changes[count++] = change_of(EVFILT_READ, (uintptr_t)fd, flags, 0, token);
    if (what & SOCKET_EVENT_ROOM)
        changes[count++] = change_of(EVFILT_WRITE, (uintptr_t)fd, flags, 0, token);
    const int error = apply(events, changes, count);
    if (error != 0)
        socket_events_forget(events, fd);
    return error;
}

void socket_events_forget(const struct socket_events *events, int fd)
{
    struct kevent changes[2];
    (void)apply(events, changes, delete_both(changes, fd));
}

static uint64_t token_of(const struct kevent *event)
{
    return (uint64_t)(uintptr_t)event->udata << 32 | (uint32_t)event->ident;
}

// At the end of a stream EV_EOF comes with the socket's error, if it has one.
static uint32_t what_of(const struct kevent *event)
{
    const bool is_room = event->filter == EVFILT_WRITE;
    uint32_t what = is_room ? SOCKET_EVENT_ROOM : SOCKET_EVENT_DATA;
    if ((event->flags & EV_EOF) != 0 && is_room)
        what |= SOCKET_EVENT_HANG_UP;
    if ((event->flags & EV_ERROR) != 0 || ((event->flags & EV_EOF) != 0 && event->fflags != 0))
        what |= SOCKET_EVENT_ERROR;
    return what;
}

int socket_events_await(const struct socket_events *events, struct socket_event *ready, int64_t ns)
{
    struct kevent from_kqueue[SOCKET_EVENTS_MOST];
    struct timespec time = {.tv_sec = longest_wait_s};
    if (ns >= 0 && ns / ns_per_s < longest_wait_s)
        time = (struct timespec){.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
    const int count = kevent(events->queue, NULL, 0, from_kqueue, SOCKET_EVENTS_MOST, ns < 0 ? NULL : &time);
    int reported = 0;
    // An error other than EINTR: the program closed this module's descriptor. The caller then looks at its time-outs every 10 ms.
    if (count < 0 && errno != EINTR)
        (void)poll(NULL, 0, 10);
    for (int i = 0; i < count; i++)
        if (from_kqueue[i].filter != EVFILT_USER)
            ready[reported++] = (struct socket_event){.token = token_of(&from_kqueue[i]), .what = what_of(&from_kqueue[i])};
    return reported;
}

void socket_events_wake(const struct socket_events *events)
{
    const struct kevent wakeup = change_of(EVFILT_USER, wakeup_ident, 0, NOTE_TRIGGER, 0);
    (void)kevent(events->queue, &wakeup, 1, NULL, 0, NULL);
}

int socket_events_has_ended_sending(int fd)
{
    (void)fd;
    return 0; // kqueue reports the end of sending as an event
}

#endif
