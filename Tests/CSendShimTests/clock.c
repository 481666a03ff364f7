// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

// Far longer than anything here takes, so that only a fault meets it.
static const int64_t limit_ns = (int64_t)20 * ns_per_s;

int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * ns_per_s + now.tv_nsec;
}

void sleep_ns(int64_t ns)
{
    struct timespec left = {.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
}

bool await(bool (*holds)(void *argument), void *argument)
{
    const int64_t end = now_ns() + limit_ns;
    while (!holds(argument)) {
        if (now_ns() > end)
            return false;
        sleep_ns(ns_per_ms);
    }
    return true;
}

short await_events(int fd, short events)
{
    struct pollfd socket = {.fd = fd, .events = events};
    const int64_t end = now_ns() + limit_ns;
    while (now_ns() < end) {
        if (poll(&socket, 1, 1000) > 0)
            return socket.revents;
    }
    return 0;
}
