// SPDX-License-Identifier: Apache-2.0
//
// sendfile without SIGPIPE. sendfile has no MSG_NOSIGNAL, and the core never changes how the process handles signals. So this
// thread blocks SIGPIPE while it calls sendfile, and removes the signal if sendfile raised it. The kernel sends the signal to the
// calling thread, so no other thread gets it.
#ifndef CSENDSHIM_QUIET_SENDFILE_H
#define CSENDSHIM_QUIET_SENDFILE_H

#include "platform.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__linux__) && !defined(SENDV_NO_SENDFILE)
#define PLATFORM_HAS_SENDFILE 1
#include <pthread.h>
#include <signal.h>
#include <sys/sendfile.h>

static inline sigset_t quiet_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGPIPE);
    return set;
}

// Whether a SIGPIPE was pending before the call. That one is the program's and must stay. Only a thread that had SIGPIPE blocked
// can have one pending, so only there the kernel is asked.
static inline bool quiet_is_pending(const sigset_t *before)
{
    sigset_t pending;
    return sigismember(before, SIGPIPE) == 1 && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
}

// Returns what sendfile returns, with its errno. The file's own offset is neither used nor changed.
static inline ssize_t quiet_sendfile(int fd, int file, int64_t offset, size_t length)
{
    const sigset_t set = quiet_set();
    const struct timespec at_once = {0};
    sigset_t before;
    off_t from = (off_t)offset;
    const int refused = pthread_sigmask(SIG_BLOCK, &set, &before);
    if (refused != 0) {
        errno = ENOSYS; // a sandbox does not let the thread block the signal; on ENOSYS the caller reads the file
        return -1;
    }
    const bool was_pending = quiet_is_pending(&before);
    const ssize_t taken = sendfile(fd, file, &from, length);
    const int error = errno;
    // One sendfile sends many times inside the kernel. If the socket is shut down after some bytes, it returns their count, with the
    // signal pending.
    if (!was_pending && (taken < 0 ? error == EPIPE : (size_t)taken < length))
        (void)sigtimedwait(&set, NULL, &at_once);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return taken;
}

#else

#define PLATFORM_HAS_SENDFILE 0

static inline ssize_t quiet_sendfile(int fd, int file, int64_t offset, size_t length)
{
    (void)fd, (void)file, (void)offset, (void)length;
    errno = ENOSYS;
    return -1;
}

#endif
#endif
