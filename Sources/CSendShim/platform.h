// SPDX-License-Identifier: Apache-2.0
//
// What differs between systems. Include it before any system header: it asks the system for its full interface.
#ifndef CSENDSHIM_PLATFORM_H
#define CSENDSHIM_PLATFORM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#if !defined(__LP64__) && !defined(_FILE_OFFSET_BITS) // files of more than 2 GiB
#define _FILE_OFFSET_BITS 64
#endif
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE 1
#endif

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/epoll.h>
#endif

// The most iovecs that one sendmsg takes: 1024 on Linux, the BSDs and macOS. POSIX lets a system hide the number. Tests set
// PLATFORM_IOV_MAX and PLATFORM_CALL_BYTES to a few, so that a short list crosses these limits.
#ifndef PLATFORM_IOV_MAX
#ifdef IOV_MAX
#define PLATFORM_IOV_MAX IOV_MAX
#else
#define PLATFORM_IOV_MAX 1024
#endif
#endif

// The most bytes of one batch. macOS refuses a system call of more than INT_MAX bytes. Linux silently takes no more than the
// whole pages in INT_MAX: 0x7ffff000 bytes with pages of 4 KiB. This is one such page less. With larger pages, Linux may cut a
// batch of this length.
#ifndef PLATFORM_CALL_BYTES
#define PLATFORM_CALL_BYTES ((size_t)0x7fffe000)
#endif

// Tells the kernel to hold a partial packet back, since more follows at once. Only Linux has the flag; other systems send one
// packet more.
#ifdef MSG_MORE
#define PLATFORM_MSG_MORE MSG_MORE
#else
#define PLATFORM_MSG_MORE 0
#endif

// Whether MSG_DONTWAIT keeps a send from waiting for room. The kernels of macOS (sosendcheck) and NetBSD (sosend) look at
// O_NONBLOCK alone, by their published sources; another system is taken to be like them until somebody has looked.
#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__)
#define PLATFORM_OBEYS_DONTWAIT 1
#else
#define PLATFORM_OBEYS_DONTWAIT 0
#endif

// Whether a send that waited and then fails says how many bytes it took before. Only Linux does. The BSDs and macOS answer
// EPIPE or ECONNRESET, and the count of that send is lost; so there the core never waits inside send.
#ifdef __linux__
#define PLATFORM_KEEPS_COUNT 1
#else
#define PLATFORM_KEEPS_COUNT 0
#endif

// Connects with the first offer. Later offers of the call do not have the flag.
#ifdef MSG_FASTOPEN
#define PLATFORM_MSG_FASTOPEN MSG_FASTOPEN
#else
#define PLATFORM_MSG_FASTOPEN 0
#endif

// The kernel reads the bytes after the call, so nothing may be sent from a buffer that is freed when the call returns.
#ifdef MSG_ZEROCOPY
#define PLATFORM_MSG_ZEROCOPY MSG_ZEROCOPY
#else
#define PLATFORM_MSG_ZEROCOPY 0
#endif

// Has the kernel copy the bytes that `from` points at, in this process, to `to`. The kernel stops at unmapped memory, where
// memcpy would crash. Returns the bytes copied; -1 with EFAULT if it could copy none, with ENOSYS if the system has no such
// call, or with EPERM if it refuses. The kernel takes at most 1024 iovecs, as sendmsg does. SENDV_NO_PROCESS_VM is for a
// sandbox that kills a program for this call.
#if defined(__linux__) && !defined(SENDV_NO_PROCESS_VM)
static inline ssize_t platform_copy_own(void *to, size_t bytes, const struct iovec *from, size_t count)
{
    const struct iovec piece = {.iov_base = to, .iov_len = bytes};
    return process_vm_readv(getpid(), &piece, 1, from, count, 0);
}
#else
static inline ssize_t platform_copy_own(void *to, size_t bytes, const struct iovec *from, size_t count)
{
    (void)to, (void)bytes, (void)from, (void)count;
    errno = ENOSYS;
    return -1;
}
#endif

// Polls one descriptor. The time-out is `ns` nanoseconds, rounded up to a unit that poll takes. Returns what poll returns.
#ifdef __linux__
static inline int platform_poll(struct pollfd *one, int64_t ns)
{
    const struct timespec time = {.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
    return ppoll(one, 1, &time, NULL);
}
#else
static inline int platform_poll(struct pollfd *one, int64_t ns)
{
    return poll(one, 1, (int)((ns + 999999) / 1000000));
}
#endif

// Watches a socket by edge-triggered epoll: each new event ends one platform_await_change. (poll would return at once for an
// old event.) platform_watch returns a descriptor that the caller closes, or -1. platform_await_change waits at most `ns`
// nanoseconds, rounded up to milliseconds, and returns -1 if it fails.
#ifdef __linux__
static inline int platform_watch(int fd)
{
    const int watch = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event changes = {.events = EPOLLOUT | EPOLLET};
    if (watch < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, fd, &changes) == 0)
        return watch;
    (void)close(watch);
    return -1;
}

static inline int platform_await_change(int watch, int64_t ns)
{
    struct epoll_event change;
    return epoll_wait(watch, &change, 1, (int)((ns + 999999) / 1000000));
}
#else
static inline int platform_watch(int fd)
{
    (void)fd;
    return -1;
}

static inline int platform_await_change(int watch, int64_t ns)
{
    (void)watch, (void)ns;
    return -1;
}
#endif

// Makes a lost connection an error of the call and not a signal. The process's signal settings stay as they are.
#ifdef MSG_NOSIGNAL
#define PLATFORM_MSG_NOSIGNAL MSG_NOSIGNAL
#else
#define PLATFORM_MSG_NOSIGNAL 0
#endif

// Sets the socket's own option against SIGPIPE. macOS has MSG_NOSIGNAL only in its newest headers, and a program built with
// them may run on an older kernel, so macOS always sets the option. Returns 0, or the error that the call ends with: on a socket
// that is shut down both ways macOS refuses every option with EINVAL, and a send would raise the signal.
#if defined(__APPLE__) || !defined(MSG_NOSIGNAL)
static inline int platform_refuse_sigpipe(int fd)
{
    const int on = 1;
    const int result = setsockopt(fd, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
    return result != 0 && errno == EINVAL ? EPIPE : 0;
}
#else
static inline int platform_refuse_sigpipe(int fd)
{
    (void)fd;
    return 0;
}
#endif

// The error of a send on a connection that is just being torn down. Some sockets on macOS give this answer for ever, so the
// call ends with EPIPE. (On other systems the name stands for EPIPE itself.)
#ifdef __APPLE__
#define PLATFORM_TORN_DOWN EPROTOTYPE
#else
#define PLATFORM_TORN_DOWN EPIPE
#endif

#endif
