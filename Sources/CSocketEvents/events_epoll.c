// SPDX-License-Identifier: Apache-2.0
//
// Events by epoll, on Linux.
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "csocketevents.h"

#if defined(__linux__) && !defined(SOCKET_EVENTS_KQUEUE)

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const uint64_t wakeup_token = UINT64_MAX;
static const int64_t ns_per_s = 1000000000, ns_per_ms = 1000000;

int socket_events_open(struct socket_events *events)
{
    // Each write to the eventfd is a change, so that nobody has to read it.
    struct epoll_event on_wakeup = {.events = EPOLLIN | EPOLLET, .data.u64 = wakeup_token};
    int error = 0;
    events->queue = epoll_create1(EPOLL_CLOEXEC);
    events->wakeup = events->queue < 0 ? -1 : eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (events->wakeup < 0 || epoll_ctl(events->queue, EPOLL_CTL_ADD, events->wakeup, &on_wakeup) != 0)
        error = errno;
    if (error != 0)
        socket_events_close(events);
    return error;
}

void socket_events_close(const struct socket_events *events)
{
    if (events->queue >= 0)
        (void)close(events->queue);
    if (events->wakeup >= 0)
        (void)close(events->wakeup);
}

int socket_events_arm(const struct socket_events *events, int fd, uint32_t what, int every_change, int is_known, uint64_t token)
{
    struct epoll_event on_socket = {.data.u64 = token};
    on_socket.events = every_change ? EPOLLET : EPOLLONESHOT;
    if (what & SOCKET_EVENT_ROOM)
        on_socket.events |= EPOLLOUT;
    if (what & SOCKET_EVENT_DATA)
        on_socket.events |= EPOLLIN | EPOLLRDHUP;
    if (epoll_ctl(events->queue, is_known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &on_socket) == 0)
        return 0;
    // ENOENT: `fd` was closed, and is another file now. EEXIST: `fd` was closed without being forgotten, but a duplicate kept its
    // socket open and so in epoll, and now `fd` is that socket again.
    if (errno == ENOENT && is_known && epoll_ctl(events->queue, EPOLL_CTL_ADD, fd, &on_socket) == 0)
        return 0;
    if (errno == EEXIST && !is_known && epoll_ctl(events->queue, EPOLL_CTL_MOD, fd, &on_socket) == 0)
        return 0;
    return errno;
}

void socket_events_forget(const struct socket_events *events, int fd)
{
    (void)epoll_ctl(events->queue, EPOLL_CTL_DEL, fd, NULL);
}

static uint32_t what_of(uint32_t events)
{
    uint32_t what = 0;
    if (events & EPOLLOUT)
        what |= SOCKET_EVENT_ROOM;
    if (events & (EPOLLIN | EPOLLRDHUP))
        what |= SOCKET_EVENT_DATA;
    if (events & EPOLLERR)
        what |= SOCKET_EVENT_ERROR;
    if (events & EPOLLHUP)
        what |= SOCKET_EVENT_HANG_UP;
    return what;
}

// epoll_wait counts in milliseconds, and epoll_pwait2 is missing before glibc 2.35 and Linux 5.11. So the last milliseconds of a
// wait are spent in ppoll.
static int await_in_epoll(const struct socket_events *events, struct epoll_event *ready, int64_t ns)
{
    int ms = -1;
    if (ns >= 0) {
        ms = ns / ns_per_ms > 1000000 ? 1000000 : (int)(ns / ns_per_ms);
        if (ms < 2 && ns > 0) {
            struct pollfd epoll = {.fd = events->queue, .events = POLLIN};
            const struct timespec time = {.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
            if (ppoll(&epoll, 1, &time, NULL) <= 0)
                return 0;
            ms = 0;
        }
    }
    return epoll_wait(events->queue, ready, SOCKET_EVENTS_MOST, ms);
}

int socket_events_await(const struct socket_events *events, struct socket_event *ready, int64_t ns)
{
    struct epoll_event from_epoll[SOCKET_EVENTS_MOST];
    const int count = await_in_epoll(events, from_epoll, ns);
    int reported = 0;
    // An error other than EINTR: the program closed this module's descriptors. The caller then looks at its time-outs every 10 ms.
    if (count < 0 && errno != EINTR)
        (void)poll(NULL, 0, 10);
    for (int i = 0; i < count; i++)
        if (from_epoll[i].data.u64 != wakeup_token)
            ready[reported++] = (struct socket_event){.token = from_epoll[i].data.u64, .what = what_of(from_epoll[i].events)};
    return reported;
}

void socket_events_wake(const struct socket_events *events)
{
    const uint64_t one = 1;
    // The counter is full after 2^64 - 2 wakes; until then a write cannot fail.
    (void)!write(events->wakeup, &one, sizeof one);
}

int socket_events_has_ended_sending(int fd)
{
    // A stream takes an empty send even if it is full.
    return send(fd, "", 0, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN && errno != EINTR;
}

#endif
