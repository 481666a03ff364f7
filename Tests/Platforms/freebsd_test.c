// SPDX-License-Identifier: Apache-2.0
//
// The FreeBSD side of platform.h, compiled and run on another system: this file answers sends as FreeBSD's published source
// does (sosend_generic, kern_sendit). A send with MSG_DONTWAIT never waits; one that waits and then fails says nothing of the
// bytes that it took before.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static struct {
    size_t room;     // bytes that the socket's buffer takes
    size_t drained;  // bytes that the peer reads during a wait for room
    size_t taken;    // bytes that sends took
    size_t peer_end; // bytes after which the peer is gone
    unsigned sends_that_wait;
} kernel;

static ssize_t answer_send(size_t bytes, int flags)
{
    kernel.sends_that_wait += (flags & MSG_DONTWAIT) == 0;
    if (kernel.taken >= kernel.peer_end)
        return errno = EPIPE, -1;
    if (kernel.room == 0)
        return errno = EAGAIN, -1;
    const size_t taken = bytes < kernel.room ? bytes : kernel.room;
    kernel.room -= taken;
    kernel.taken += taken;
    return (ssize_t)taken;
}

static ssize_t answer_message(const struct msghdr *message, int flags)
{
    size_t bytes = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        bytes += message->msg_iov[i].iov_len;
    return answer_send(bytes, flags);
}

static int answer_poll(struct pollfd *one)
{
    kernel.room += kernel.drained;
    one->revents = one->events;
    return 1;
}

#undef __linux__
#define __FreeBSD__ 14
#define send(fd, bytes, count, flags) ((void)(fd), (void)(bytes), answer_send(count, flags))
#define sendto(fd, bytes, count, flags, address, length) ((void)(bytes), answer_send(count, flags))
#define sendmsg(fd, message, flags) ((void)(fd), answer_message(message, flags))
#define poll(one, count, ms) ((void)(ms), answer_poll(one))

#include "../../Sources/CSendShim/gather.c"
#include "../../Sources/CSendShim/sendv_all.c"
#include "../../Sources/CSendShim/wait.c"

static void a_lost_peer_costs_no_count(void)
{
    static char bytes[1 << 20];
    const struct iovec list[] = {{bytes, sizeof bytes}, {bytes, sizeof bytes}, {bytes, sizeof bytes}};
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    memset(&kernel, 0, sizeof kernel);
    kernel.room = kernel.drained = 100000;
    kernel.peer_end = 2000000;
    size_t sent = 0;
    CHECK_ERRNO(sendv_all(ends[0], list, COUNT_OF(list), 0, &sent), EPIPE);
    CHECK_EQ(sent, kernel.taken);
    CHECK_EQ(kernel.sends_that_wait, 0);
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {CASE(a_lost_peer_costs_no_count)};
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
