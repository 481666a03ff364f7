// SPDX-License-Identifier: Apache-2.0
//
// What differs between systems. To be included before any system header: it asks them for their full interface.
#ifndef CSENDSHIM_PLATFORM_H
#define CSENDSHIM_PLATFORM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef _DARWIN_C_SOURCE
#define _DARWIN_C_SOURCE 1
#endif

#include <errno.h>
#include <limits.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// The iovecs one sendmsg takes. Linux, the BSDs and macOS all have 1024; POSIX lets a system hide the number. Tests set this
// limit and the next to a few, so that a short list crosses them.
#ifndef PLATFORM_IOV_MAX
#ifdef IOV_MAX
#define PLATFORM_IOV_MAX IOV_MAX
#else
#define PLATFORM_IOV_MAX 1024
#endif
#endif

// The bytes one system call takes: Linux silently accepts no more than 0x7ffff000, macOS refuses more than INT_MAX. One
// page less than the smaller of the two, so that a batch is never cut by the kernel's limit.
#ifndef PLATFORM_CALL_BYTES
#define PLATFORM_CALL_BYTES ((size_t)0x7fffe000)
#endif

// Holds a partial packet back because more follows at once. Only Linux has it; elsewhere nothing is lost but a packet.
#ifdef MSG_MORE
#define PLATFORM_MSG_MORE MSG_MORE
#else
#define PLATFORM_MSG_MORE 0
#endif

// The kernel goes on reading the caller's bytes after the call: what is copied for the call must not take part.
#ifdef MSG_ZEROCOPY
#define PLATFORM_MSG_ZEROCOPY MSG_ZEROCOPY
#else
#define PLATFORM_MSG_ZEROCOPY 0
#endif

// Copies iovecs of this process into one piece of it, by the kernel, which stops where memory is not mapped in place of crashing.
// Returns the bytes copied; -1 where none were (EFAULT), or the system has no such call, or refuses it (ENOSYS, EPERM). The
// kernel takes 1024 iovecs, as sendmsg does.
#ifdef __linux__
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

// A vanished peer is an error, not a signal; the process's signal settings are never touched.
#ifdef MSG_NOSIGNAL
#define PLATFORM_MSG_NOSIGNAL MSG_NOSIGNAL
#else
#define PLATFORM_MSG_NOSIGNAL 0
#endif

// Only macOS's newest headers have the flag, and an older kernel may meet what was built with them: there the socket's own
// option is set in any case. Returns 0, or the error to end with: on a socket that is shut down both ways macOS refuses every
// option with EINVAL, and a send would raise the signal.
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

// What a send on a connected socket answers where the connection is just being torn down. On macOS some answer so for ever,
// so it is the end of the call and no reason to offer again.
#ifdef __APPLE__
#define PLATFORM_TORN_DOWN EPROTOTYPE
#else
#define PLATFORM_TORN_DOWN EPIPE
#endif

#endif
