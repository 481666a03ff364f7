// SPDX-License-Identifier: Apache-2.0
//
// A wait polls for room. If the socket then takes nothing all the same, polling again at once could spin, so the next wait
// depends on what poll answered:
//
//   poll answers                 meaning, if the next send takes nothing            the next wait
//   nothing until its time-out   full                                               is the same again
//   a signal (EINTR)             full                                               is the same again; sleeps after 16
//   room                         the receiver named in sendto has a full queue,     pauses: polls for errors and
//                                the system is short of memory, or another          hang-up alone
//                                thread was faster
//   an error condition alone     the error queue is not empty (transmit             waits for a change, by edge-triggered
//                                timestamps, MSG_ZEROCOPY); poll answers at once,   epoll; sleeps after 16 changes that
//                                whatever it is asked for                           were not room, and without epoll
//   a failure                    a sandbox refuses poll, or RLIMIT_NOFILE is 0       sleeps
//
// Pauses and sleeps begin at 1 us. Each is four times as long as the one before, up to 100 ms. One that a signal ended does not
// lengthen the next. On Linux, each takes about 50 us longer. On other systems, a pause takes whole milliseconds. Pauses go on
// until the socket takes a byte, or an error or a hang-up ends one.
//
// They begin so short for the sake of readers that take 5 to 50 us for each Unix datagram. A sender to such a reader takes 0.77
// to 0.88 of a blocking sendto's time (machine A of Docs/Performance.md). With pauses that began at 50 us and doubled, it took
// 1.39 of that time for the reader of 5 us: the queue was empty before the first pause ended.
#include "platform.h"

#include "wait.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/time.h>
#include <time.h>

static const int64_t ns_per_s = 1000000000;
static const int64_t first_pause_ns = 1000;
// After this many signals and changes without a byte taken, a wait is a sleep.
enum { most_events = 16 };
// The longest single wait. Linux wakes no poll on a Unix stream that is shut down in one direction, so the next send finds
// out.
static const int64_t longest_wait_ns = 100000000;

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now); // cannot fail: the clock exists and the pointer is good
    return (int64_t)now.tv_sec * ns_per_s + now.tv_nsec;
}

void sendv_wait_from_now(struct waiting *waiting, int64_t timeout_ns)
{
    waiting->how = timeout_ns < 0 ? WAIT_FOREVER : timeout_ns == 0 ? WAIT_NEVER : WAIT_UNTIL;
    waiting->when_full = ETIMEDOUT;
    if (waiting->how != WAIT_UNTIL)
        return;
    const int64_t now = now_ns();
    waiting->deadline_ns = timeout_ns > INT64_MAX - now ? INT64_MAX : now + timeout_ns;
}

// Reads an option of SOL_SOCKET. Returns 0 or an errno value.
static int ask(int fd, int name, void *value, socklen_t size)
{
    int result;
    do {
        socklen_t length = size;
        result = getsockopt(fd, SOL_SOCKET, name, value, &length);
    } while (result != 0 && errno == EINTR);
    return result == 0 ? 0 : errno;
}

int sendv_wait_as_socket(struct waiting *waiting, int fd)
{
    struct timeval timeout = {0};
    const int error = ask(fd, SO_SNDTIMEO, &timeout, sizeof timeout);
    if (error != 0)
        return error;
    if (timeout.tv_sec == 0 && timeout.tv_usec == 0)
        sendv_wait_from_now(waiting, -1);
    else if (timeout.tv_sec >= INT64_MAX / ns_per_s)
        sendv_wait_from_now(waiting, INT64_MAX);
    else
        sendv_wait_from_now(waiting, (int64_t)timeout.tv_sec * ns_per_s + (int64_t)timeout.tv_usec * 1000);
    return 0;
}

bool sendv_wait_is_over(const struct waiting *waiting)
{
    return waiting->how == WAIT_UNTIL && now_ns() >= waiting->deadline_ns;
}

int64_t sendv_wait_left(const struct waiting *waiting)
{
    const int64_t left = waiting->deadline_ns - now_ns();
    return left > 1 ? left : 1;
}

static int64_t shorter(int64_t one_ns, int64_t other_ns)
{
    return one_ns < other_ns ? one_ns : other_ns;
}

// 1 us times 4 to the power of 9 is more than the longest wait, so a longer shift is never needed.
static int64_t pause_ns(unsigned pauses)
{
    return shorter(first_pause_ns << 2 * (pauses < 9 ? pauses : 9), longest_wait_ns);
}

// Polls for `asked`: POLLOUT, or 0 to pause. A pause reports only an error or a hang-up; the next wait is then for a change.
static int poll_socket(struct waiting *waiting, int fd, short asked, int64_t ns)
{
    struct pollfd socket = {.fd = fd, .events = asked};
    const int ready = platform_poll(&socket, ns);
    if (ready < 0 && errno == EINTR)
        waiting->events++;
    else if (ready < 0)
        waiting->by = BY_SLEEP;
    else if (ready == 0 && asked == 0)
        waiting->pauses++;
    else if (ready > 0)
        waiting->by = (socket.revents & POLLOUT) != 0 ? BY_PAUSE : BY_CHANGE;
    return 0;
}

static int sleep_for(struct waiting *waiting, int64_t ns)
{
    const struct timespec time = {.tv_sec = (time_t)(ns / ns_per_s), .tv_nsec = (long)(ns % ns_per_s)};
    if (nanosleep(&time, NULL) != 0)
        return errno == EINTR ? 0 : errno;
    waiting->pauses++;
    return 0;
}

static int await_change(struct waiting *waiting, int fd, int64_t ns)
{
    if (waiting->watch == 0)
        waiting->watch = platform_watch(fd) + 1; // 0 if there is none
    const int changes = waiting->watch > 0 ? platform_await_change(waiting->watch - 1, ns) : -1;
    if (changes > 0 || (changes < 0 && waiting->watch > 0 && errno == EINTR))
        waiting->events++;
    else if (changes < 0)
        waiting->by = BY_SLEEP;
    return 0;
}

int sendv_wait_for_room(struct waiting *waiting, int fd)
{
    int64_t ns = longest_wait_ns;
    if (waiting->how == WAIT_UNTIL) {
        const int64_t left = waiting->deadline_ns - now_ns();
        if (left <= 0)
            return ETIMEDOUT;
        ns = shorter(left, ns);
    }
    const int64_t pause = shorter(ns, pause_ns(waiting->pauses));
    if (waiting->events >= most_events)
        return sleep_for(waiting, pause);
    switch (waiting->by) {
    case BY_PAUSE:
        return poll_socket(waiting, fd, 0, pause);
    case BY_CHANGE:
        return await_change(waiting, fd, ns);
    case BY_SLEEP:
        return sleep_for(waiting, pause);
    case BY_POLL:
    default:
        return poll_socket(waiting, fd, POLLOUT, ns);
    }
}

int sendv_ask_nonblocking(int fd, bool *nonblocking)
{
    int status;
    do {
        status = fcntl(fd, F_GETFL);
    } while (status < 0 && errno == EINTR);
    *nonblocking = status >= 0 && (status & O_NONBLOCK) != 0;
    return status >= 0 ? 0 : errno;
}

int sendv_socket_option(int fd, int name, int *value)
{
    return ask(fd, name, value, sizeof *value);
}

bool sendv_is_stream(int fd)
{
    int type = 0;
    return sendv_socket_option(fd, SO_TYPE, &type) == 0 && type == SOCK_STREAM;
}

union name {
    struct sockaddr any;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    struct sockaddr_storage room;
};

static union name name_of(int fd)
{
    union name name = {.any.sa_family = AF_UNSPEC};
    socklen_t length = sizeof name;
    if (getsockname(fd, &name.any, &length) != 0)
        name.any.sa_family = AF_UNSPEC;
    return name;
}

int sendv_family(int fd)
{
    return name_of(fd).any.sa_family;
}

bool sendv_lacks_port(int fd)
{
    const union name name = name_of(fd);
    if (name.any.sa_family == AF_INET)
        return name.in.sin_port == 0;
    return name.any.sa_family == AF_INET6 && name.in6.sin6_port == 0;
}
