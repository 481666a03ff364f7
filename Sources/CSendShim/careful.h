// SPDX-License-Identifier: Apache-2.0
//
// Streams in blocking mode on a kernel that waits for room in spite of MSG_DONTWAIT (PLATFORM_OBEYS_DONTWAIT is 0). A send
// that waited there and then fails says nothing of the bytes that it took before, and no deadline ends it.
//
// Such a kernel takes as many bytes as a stream has room for. If bytes are left, it waits until the room is at least the
// stream's low-water mark again (SO_SNDLOWAT, 2 KiB at first on macOS). poll reports room from that mark on. So the core asks
// poll before each offer, and offers at most as many bytes as the mark, so that none are left. A message needs no such care: on
// such a kernel a UDP socket keeps no queue of messages to send, and a send to a Unix receiver whose queue is full fails with
// ENOBUFS.
//
// Another thread that sends on the same stream can take the room in between. The send then waits for room without a deadline.
#ifndef CSENDSHIM_CAREFUL_H
#define CSENDSHIM_CAREFUL_H

#include "platform.h"
#include "wait.h"

#if PLATFORM_OBEYS_DONTWAIT

static inline int sendv_careful_begin(int fd, size_t *low_water)
{
    (void)fd, (void)low_water;
    return 0;
}

static inline size_t sendv_careful_limit(size_t low_water)
{
    (void)low_water;
    return SENDV_OFFER_BYTES;
}

#else

// Writes the low-water mark of a stream in blocking mode, and 0 for any other socket, which needs no care. Returns 0 or an
// errno value.
static inline int sendv_careful_begin(int fd, size_t *low_water)
{
    bool nonblocking;
    int mark = 0;
    *low_water = 0;
    const int error = sendv_ask_nonblocking(fd, &nonblocking);
    if (error != 0 || nonblocking || !sendv_is_stream(fd))
        return error;
    if (sendv_socket_option(fd, SO_SNDLOWAT, &mark) != 0 || mark < 1)
        mark = 1;
    *low_water = (size_t)mark;
    return 0;
}

// The most bytes of a stream that may be offered at once.
static inline size_t sendv_careful_limit(size_t low_water)
{
    return low_water > 0 && low_water < SENDV_OFFER_BYTES ? low_water : SENDV_OFFER_BYTES;
}

static inline bool sendv_careful_has_room(int fd)
{
    struct pollfd stream = {.fd = fd, .events = POLLOUT};
    int ready;
    do {
        ready = platform_poll(&stream, 0);
    } while (ready < 0 && errno == EINTR);
    return ready != 0; // if a sandbox refuses poll, the send decides
}

// Returns true if a send of `bytes` bytes, at most the limit, would not wait: there is room, or the send will fail. Otherwise
// sets errno to EAGAIN and returns false. poll says nothing of a stream that is not connected, and there a send answers ENOTCONN.
static inline bool sendv_careful_may_offer(int fd, size_t low_water, size_t bytes)
{
    struct sockaddr_storage peer;
    socklen_t length = sizeof peer;
    if (low_water == 0 || bytes == 0 || sendv_careful_has_room(fd))
        return true;
    if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
        return true;
    errno = EAGAIN;
    return false;
}

#endif
#endif
