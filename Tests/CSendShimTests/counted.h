// SPDX-License-Identifier: Apache-2.0
//
// What the core asks of the kernel, counted: the program's own functions stand in front of the system's. For the one source of a
// test program, which defines _GNU_SOURCE before it includes anything.
#ifndef COUNTED_H
#define COUNTED_H

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

// The system call that takes this C library's struct timespec.
#ifdef SYS_ppoll_time64
#define COUNTED_PPOLL (sizeof(time_t) > sizeof(long) ? SYS_ppoll_time64 : SYS_ppoll)
#else
#define COUNTED_PPOLL SYS_ppoll
#endif

struct counted {
    size_t waits;   // ppoll, epoll_wait, nanosleep
    size_t polls;   // ppoll alone
    size_t others;  // epoll_create1, epoll_ctl, getsockopt
    size_t largest; // bytes of one send or sendmsg
    size_t sendfiles;
};

static struct counted counted; // since counted_begin

static int poll_error, refused_option;

static void counted_begin(void)
{
    memset(&counted, 0, sizeof counted);
}

// Makes every ppoll of the program fail with `error`; 0: none.
static inline void counted_fail_polls(int error)
{
    poll_error = error;
}

// Makes every getsockopt of this name fail with EPERM; 0: none.
static inline void counted_refuse_option(int name)
{
    refused_option = name;
}

// But for the offers, which the call itself counts.
static inline size_t counted_calls(void)
{
    return counted.waits + counted.others;
}

// The processor time of this thread.
static inline int64_t thread_cpu_ns(void)
{
    struct timespec used;
    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

static int failed(int error)
{
    errno = error;
    return -1;
}

static void note_offer(size_t bytes)
{
    if (bytes > counted.largest)
        counted.largest = bytes;
}

ssize_t send(int fd, const void *data, size_t count, int flags)
{
    note_offer(count);
    return syscall(SYS_sendto, fd, data, count, flags, NULL, 0);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    size_t bytes = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) // int with musl
        bytes += message->msg_iov[i].iov_len;
    note_offer(bytes);
    return syscall(SYS_sendmsg, fd, message, flags);
}

// A system of 32 bits has several forms of sendfile; there the system's own stays.
#ifdef __LP64__
ssize_t sendfile(int fd, int file, off_t *offset, size_t count)
{
    counted.sendfiles++;
    return syscall(SYS_sendfile, fd, file, offset, count);
}
#endif

int ppoll(struct pollfd *sockets, nfds_t count, const struct timespec *timeout, const sigset_t *signals)
{
    counted.waits++;
    counted.polls++;
    if (poll_error != 0)
        return failed(poll_error);
    struct timespec left;
    if (timeout != NULL)
        left = *timeout; // the system call writes to it
    return (int)syscall(COUNTED_PPOLL, sockets, count, timeout != NULL ? &left : NULL, signals, 8);
}

int epoll_wait(int watch, struct epoll_event *events, int count, int timeout_ms)
{
    counted.waits++;
    return (int)syscall(SYS_epoll_pwait, watch, events, count, timeout_ms, NULL, 8);
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    counted.waits++;
#ifdef SYS_clock_nanosleep_time64
    if (sizeof time->tv_sec > sizeof(long)) {
        return (int)syscall(SYS_clock_nanosleep_time64, CLOCK_REALTIME, 0, time, left);
    }
#endif
    return (int)syscall(SYS_nanosleep, time, left);
}

int epoll_create1(int flags)
{
    counted.others++;
    return (int)syscall(SYS_epoll_create1, flags);
}

int epoll_ctl(int watch, int operation, int fd, struct epoll_event *event)
{
    counted.others++;
    return (int)syscall(SYS_epoll_ctl, watch, operation, fd, event);
}

int getsockopt(int fd, int level, int name, void *restrict value, socklen_t *restrict length)
{
    counted.others++;
    if (name == refused_option && level == SOL_SOCKET)
        return failed(EPERM);
    // Where a time has 64 bits and a long has 32, emulators know only the older option, with two longs.
    enum { older_send_timeout = 21 };
    if (name == SO_SNDTIMEO && level == SOL_SOCKET && sizeof(time_t) > sizeof(long)) {
        long old[2];
        socklen_t old_length = sizeof old;
        if (syscall(SYS_getsockopt, fd, level, older_send_timeout, old, &old_length) != 0)
            return -1;
        const struct timeval time = {.tv_sec = old[0], .tv_usec = (suseconds_t)old[1]};
        memcpy(value, &time, sizeof time);
        return 0;
    }
    return (int)syscall(SYS_getsockopt, fd, level, name, value, length);
}

#endif
