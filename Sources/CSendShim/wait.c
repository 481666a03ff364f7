// SPDX-License-Identifier: Apache-2.0
#include "platform.h"

#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/time.h>
#include <time.h>

static const int64_t ns_per_s = 1000000000;
static const int64_t ns_per_ms = 1000000;

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail: the clock exists and the pointer is good
    return (int64_t)now.tv_sec * ns_per_s + now.tv_nsec;
}

struct waiting sendv_wait_from_now(int64_t timeout_ns)
{
    if (timeout_ns < 0)
        return (struct waiting){.how = WAIT_FOREVER};
    const int64_t now = now_ns();
    const int64_t deadline = timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
    return (struct waiting){.how = WAIT_UNTIL, .deadline_ns = deadline};
}

struct waiting sendv_wait_as_socket(int fd)
{
    struct timeval timeout = {0};
    socklen_t length = sizeof timeout;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, &length) != 0)
        return sendv_wait_from_now(-1); // the next send says what is wrong with the socket
    if (timeout.tv_sec == 0 && timeout.tv_usec == 0)
        return sendv_wait_from_now(-1);
    if (timeout.tv_sec >= INT64_MAX / ns_per_s)
        return sendv_wait_from_now(INT64_MAX);
    return sendv_wait_from_now((int64_t)timeout.tv_sec * ns_per_s + (int64_t)timeout.tv_usec * 1000);
}

bool sendv_is_nonblocking(int fd)
{
    const int status = fcntl(fd, F_GETFL);
    return status >= 0 && (status & O_NONBLOCK) != 0;
}

bool sendv_is_stream(int fd)
{
    int type = 0;
    return sendv_socket_option(fd, SO_TYPE, &type) == 0 && type == SOCK_STREAM;
}

int sendv_socket_option(int fd, int name, int *value)
{
    socklen_t length = sizeof *value;
    return getsockopt(fd, SOL_SOCKET, name, value, &length) == 0 ? 0 : errno;
}

// The longest single poll. Linux does not wake a poll on a Unix stream when only one direction is shut down; the next send
// tells.
static const int longest_poll_ms = 100;

// Returns poll's time-out for `ns` nanoseconds, rounded up, since a wait must not end before its deadline.
static int poll_ms(int64_t ns)
{
    if (ns > longest_poll_ms * ns_per_ms)
        return longest_poll_ms;
    return (int)((ns + ns_per_ms - 1) / ns_per_ms);
}

// Returns how long to sleep after poll reported room `empty_polls` times in a row and the socket took nothing: 1, 2, 4, then
// 8 ms. This happens with a Unix datagram whose receiver, named in sendto, has a full queue, and with a TCP socket that has
// room in its buffer while the system is short of memory. Without the sleep the call would spin.
static int pause_ms(unsigned empty_polls)
{
    const unsigned doublings = empty_polls - 2;
    return 1 << (doublings < 3 ? doublings : 3);
}

int sendv_wait_for_room(int fd, struct waiting *waiting)
{
    int timeout_ms = longest_poll_ms;
    if (waiting->how == WAIT_UNTIL) {
        const int64_t left = waiting->deadline_ns - now_ns();
        if (left <= 0)
            return ETIMEDOUT;
        timeout_ms = poll_ms(left);
    }
    struct pollfd room = {.fd = fd, .events = POLLOUT};
    if (waiting->empty_polls >= 2) {
        const int pause = pause_ms(waiting->empty_polls);
        room.events = 0;
        if (timeout_ms > pause)
            timeout_ms = pause;
    }
    const bool saw_room = poll(&room, 1, timeout_ms) > 0 && (room.revents & POLLOUT) != 0;
    if (saw_room || room.events == 0)
        waiting->empty_polls++;
    else
        waiting->empty_polls = 0;
    return 0;
}
