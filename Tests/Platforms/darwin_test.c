// SPDX-License-Identifier: Apache-2.0
//
// The macOS side of platform.h, compiled and run on another system: the core is included below with macOS's names in place of
// this system's, and this file answers for the kernel. It shows what the core makes of such answers; that macOS gives them is
// taken from reports and from its published source.
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
    int option_error;     // what setting an option answers; 0: success
    int send_error;       // what sends answer after the first `sends_taken`
    unsigned sends_taken; // sends that take all they are offered
    unsigned options;     // options set so far
    unsigned sends;
    bool sent_too_early; // before the option was set
    int flags;           // all that were given to any send
} kernel;

static int answer_option(int fd, int level, int name, const void *value, socklen_t length)
{
    CHECK_EQ(level, SOL_SOCKET);
    CHECK_EQ(name, 0x1022);
    CHECK_EQ(*(const int *)value, 1);
    CHECK_EQ(length, sizeof(int));
    CHECK(fd >= 0);
    kernel.options++;
    errno = kernel.option_error;
    return kernel.option_error == 0 ? 0 : -1;
}

static ssize_t answer_send(size_t bytes, int flags)
{
    kernel.sent_too_early |= kernel.options == 0;
    kernel.flags |= flags;
    if (kernel.sends++ < kernel.sends_taken)
        return (ssize_t)bytes;
    errno = kernel.send_error;
    return -1;
}

static ssize_t answer_message(const struct msghdr *message, int flags)
{
    size_t bytes = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        bytes += message->msg_iov[i].iov_len;
    return answer_send(bytes, flags);
}

#undef MSG_NOSIGNAL
#undef MSG_MORE
#undef MSG_ZEROCOPY
#define __APPLE__ 1
#define SO_NOSIGPIPE 0x1022
#define setsockopt(fd, level, name, value, length) answer_option(fd, level, name, value, length)
#define send(fd, bytes, count, flags) ((void)(bytes), answer_send(count, flags))
#define sendto(fd, bytes, count, flags, address, length) ((void)(bytes), answer_send(count, flags))
#define sendmsg(fd, message, flags) answer_message(message, flags)

#include "../../Sources/CSendShim/gather.c"
#include "../../Sources/CSendShim/sendv_all.c"
#include "../../Sources/CSendShim/wait.c"

enum { segments = 3000, length = 2000 };

// Sends a list of several batches.
static int send_long_list_to(const struct sockaddr *address, size_t *sent)
{
    static char bytes[length];
    static struct iovec list[segments];
    for (size_t i = 0; i < segments; i++)
        list[i] = (struct iovec){bytes, length};
    int ends[2];
    MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    struct sendv_call call = {.size = sizeof call,
                              .fd = ends[0],
                              .iov = list,
                              .iovcnt = segments,
                              .address = address,
                              .address_length = sizeof *address};
    const int error = sendv_perform(&call);
    *sent = call.sent;
    close(ends[0]);
    close(ends[1]);
    return error;
}

static void the_option_stands_for_the_flag(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.sends_taken = UINT_MAX;
    size_t sent = 0;
    CHECK_ERRNO(send_long_list_to(NULL, &sent), 0);
    CHECK_EQ(sent, segments * length);
    CHECK_EQ(kernel.options, 1);
    CHECK(!kernel.sent_too_early);
    CHECK_BETWEEN(kernel.sends, 3, 100);
    CHECK_EQ(kernel.flags, MSG_DONTWAIT);
}

// As on a socket that is shut down both ways: a send would raise the signal.
static void a_refused_option_is_a_broken_pipe(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.option_error = EINVAL;
    size_t sent = 99;
    CHECK_ERRNO(send_long_list_to(NULL, &sent), EPIPE);
    CHECK_EQ(sent, 0);
    CHECK_EQ(kernel.sends, 0);
}

static void what_is_no_socket_is_for_the_send_to_say(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.option_error = kernel.send_error = ENOTSOCK;
    size_t sent = 99;
    CHECK_ERRNO(send_long_list_to(NULL, &sent), ENOTSOCK);
    CHECK_EQ(kernel.sends, 1);
}

static void a_torn_down_connection_is_a_broken_pipe_at_once(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.sends_taken = 1;
    kernel.send_error = EPROTOTYPE;
    size_t sent = 0;
    CHECK_ERRNO(send_long_list_to(NULL, &sent), EPIPE);
    CHECK_BETWEEN(sent, 1, segments * length - 1);
    CHECK_EQ(kernel.sends, 2);
}

// There it means what it says: the address is that of a socket of another type.
static void an_address_of_another_type_is_named_so(void)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.send_error = EPROTOTYPE;
    const struct sockaddr address = {.sa_family = AF_UNIX};
    size_t sent = 99;
    CHECK_ERRNO(send_long_list_to(&address, &sent), EPROTOTYPE);
    CHECK_EQ(sent, 0);
    CHECK_EQ(kernel.sends, 1);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(the_option_stands_for_the_flag),           CASE(a_refused_option_is_a_broken_pipe),
        CASE(what_is_no_socket_is_for_the_send_to_say), CASE(a_torn_down_connection_is_a_broken_pipe_at_once),
        CASE(an_address_of_another_type_is_named_so),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
