// SPDX-License-Identifier: Apache-2.0
#define _GNU_SOURCE
#include "pairs.h"

#include "check.h"

#include <fcntl.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

const char *pair_name(unsigned kind)
{
    static const char *const names[] = {"TCP", "Unix stream", "UDP", "Unix datagram", "seqpacket"};
    return names[kind];
}

static int type_of(unsigned kind)
{
    if (kind == SEQPACKET)
        return SOCK_SEQPACKET;
    return kind == TCP || kind == UNIX_STREAM ? SOCK_STREAM : SOCK_DGRAM;
}

int socket_unconnected(unsigned kind)
{
    const int family = kind == TCP || kind == UDP ? AF_INET : AF_UNIX;
    return MUST(socket(family, type_of(kind) | SOCK_CLOEXEC, 0));
}

int socket_bound(unsigned kind, struct address *address)
{
    const int fd = socket_unconnected(kind);
    memset(address, 0, sizeof *address);
    if (kind == TCP || kind == UDP) {
        address->to.internet.sin_family = AF_INET;
        address->to.internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        MUST(bind(fd, &address->to.any, sizeof address->to.internet));
    } else {
        address->to.local.sun_family = AF_UNIX;
        // No more than the family: the kernel then finds a free name of its own, without a file.
        MUST(bind(fd, &address->to.any, sizeof(sa_family_t)));
    }
    address->length = sizeof address->to;
    MUST(getsockname(fd, &address->to.any, &address->length));
    return fd;
}

void set_buffer(int fd, int name, int bytes)
{
    MUST(setsockopt(fd, SOL_SOCKET, name, &bytes, sizeof bytes));
}

static struct pair tcp_pair(int buffer)
{
    struct address address;
    const int listener = socket_bound(TCP, &address);
    struct pair pair = {.sender = socket_unconnected(TCP)};
    if (buffer > 0) {
        // On the listener: a connection's window is settled before accept returns.
        set_buffer(listener, SO_RCVBUF, buffer);
        set_buffer(pair.sender, SO_SNDBUF, buffer);
    }
    MUST(listen(listener, 1));
    MUST(connect(pair.sender, &address.to.any, address.length));
    pair.receiver = MUST(accept4(listener, NULL, NULL, SOCK_CLOEXEC));
    close(listener);
    return pair;
}

static struct pair udp_pair(int buffer)
{
    struct address address;
    struct pair pair = {.receiver = socket_bound(UDP, &address), .sender = socket_unconnected(UDP)};
    if (buffer > 0)
        set_buffer(pair.sender, SO_SNDBUF, buffer);
    MUST(connect(pair.sender, &address.to.any, address.length));
    return pair;
}

struct pair pair_open(unsigned kind, int buffer)
{
    if (kind == TCP)
        return tcp_pair(buffer);
    if (kind == UDP)
        return udp_pair(buffer);
    int ends[2];
    MUST(socketpair(AF_UNIX, type_of(kind) | SOCK_CLOEXEC, 0, ends));
    if (buffer > 0)
        set_buffer(ends[0], SO_SNDBUF, buffer);
    return (struct pair){.sender = ends[0], .receiver = ends[1]};
}

void pair_close_receiver(struct pair *pair, int abort)
{
    if (abort != 0) {
        const struct linger none = {.l_onoff = 1, .l_linger = 0};
        MUST(setsockopt(pair->receiver, SOL_SOCKET, SO_LINGER, &none, sizeof none));
    }
    MUST(close(pair->receiver));
    pair->receiver = -1;
}

void pair_close(struct pair *pair)
{
    MUST(close(pair->sender));
    if (pair->receiver >= 0)
        MUST(close(pair->receiver));
}

void set_nonblocking(int fd)
{
    MUST(fcntl(fd, F_SETFL, MUST(fcntl(fd, F_GETFL)) | O_NONBLOCK));
}

void set_send_timeout_ms(int fd, int ms)
{
    const struct timeval timeout = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};
    MUST(setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout));
}
