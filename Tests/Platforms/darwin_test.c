// SPDX-License-Identifier: Apache-2.0
//
// The macOS side of platform.h and careful.h, compiled and run on another system: the core is included below with macOS's
// names in place of this system's, and this file answers for the kernel. It shows what the core makes of such answers; that
// macOS gives them is taken from reports and from its published source (sosend, sosendcheck, sosetoptlock).
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
    bool has_buffer;     // sends go by `room`, and not by `sends_taken`
    size_t room;         // bytes that the socket's buffer takes
    size_t drained;      // bytes that the peer reads during a wait for room
    size_t taken;        // bytes that sends took
    size_t until_gone;   // bytes after which sends answer send_error; 0: never
    bool blocks;         // the socket is in blocking mode
    unsigned waits_inside; // sends that would have waited inside the kernel
    size_t longest_offer;
    size_t longest_message; // a longer one is EMSGSIZE; 0: each length is taken
} kernel;

enum { water_mark = 2048 };

// A send as sosend has it. It waits, whatever its flags, for a socket in blocking mode.
static ssize_t send_to_buffer(size_t bytes)
{
    if (kernel.until_gone > 0 && kernel.taken >= kernel.until_gone) {
        errno = kernel.send_error;
        return -1;
    }
    const bool waits = bytes > kernel.room;
    if (waits && kernel.blocks) {
        kernel.waits_inside++;
        return (ssize_t)bytes;
    }
    if (waits && kernel.room < water_mark) {
        errno = EWOULDBLOCK;
        return -1;
    }
    const size_t taken = waits ? kernel.room : bytes;
    kernel.room -= taken;
    kernel.taken += taken;
    return (ssize_t)taken;
}

static int answer_poll(struct pollfd *one, int ms)
{
    if (one->events == POLLOUT && ms != 0)
        kernel.room += kernel.drained;
    one->revents = (short)(one->events & (kernel.room >= water_mark ? POLLOUT : 0));
    if (one->revents == 0 && ms != 0)
        usleep((useconds_t)ms * 1000);
    return one->revents != 0;
}

static int answer_question(int fd, int level, int name, void *value, socklen_t *length)
{
    if (level != SOL_SOCKET || name != SO_SNDLOWAT)
        return getsockopt(fd, level, name, value, length);
    *(int *)value = water_mark;
    return 0;
}

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
    kernel.longest_offer = bytes > kernel.longest_offer ? bytes : kernel.longest_offer;
    if (kernel.has_buffer) {
        kernel.sends++;
        CHECK((flags & MSG_DONTWAIT) != 0);
        return send_to_buffer(bytes);
    }
    const bool too_long = kernel.longest_message > 0 && bytes > kernel.longest_message;
    if (kernel.sends++ < kernel.sends_taken && !too_long)
        return (ssize_t)bytes;
    errno = too_long ? EMSGSIZE : kernel.send_error;
    return -1;
}

static ssize_t answer_message(const struct msghdr *message, int flags)
{
    size_t bytes = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        bytes += message->msg_iov[i].iov_len;
    return answer_send(bytes, flags);
}

#undef __linux__
#undef MSG_NOSIGNAL
#undef MSG_MORE
#undef MSG_ZEROCOPY
#define __APPLE__ 1
#define SO_NOSIGPIPE 0x1022
#define setsockopt(fd, level, name, value, length) answer_option(fd, level, name, value, length)
#define getsockopt(fd, level, name, value, length) answer_question(fd, level, name, value, length)
#define fcntl(fd, what) ((void)(fd), CHECK_EQ(what, F_GETFL), kernel.blocks ? 0 : O_NONBLOCK)
#define poll(one, count, ms) answer_poll(one, ms)
#define send(fd, bytes, count, flags) ((void)(bytes), answer_send(count, flags))
#define sendto(fd, bytes, count, flags, address, length) ((void)(bytes), answer_send(count, flags))
#define sendmsg(fd, message, flags) answer_message(message, flags)

#include "../../Sources/CSendShim/gather.c"
#include "../../Sources/CSendShim/sendv_all.c"
#include "../../Sources/CSendShim/wait.c"

enum { segments = 3000, length = 2000 };

// Sends a list of several batches on a socket of `type`, as `call` says it.
static int send_list_on(int type, size_t count, struct sendv_call *call)
{
    static char bytes[length];
    static struct iovec list[segments];
    for (size_t i = 0; i < segments; i++)
        list[i] = (struct iovec){bytes, length};
    int ends[2];
    MUST(socketpair(AF_UNIX, type, 0, ends));
    call->size = sizeof *call;
    call->fd = ends[0];
    call->iov = list;
    call->iovcnt = count;
    const int error = sendv_perform(call);
    close(ends[0]);
    close(ends[1]);
    return error;
}

static int send_long_list_to(const struct sockaddr *address, size_t *sent)
{
    struct sendv_call call = {.address = address, .address_length = sizeof *address};
    const int error = send_list_on(SOCK_STREAM, segments, &call);
    *sent = call.sent;
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

static void begin_with_room(bool blocks, size_t room, size_t drained)
{
    memset(&kernel, 0, sizeof kernel);
    kernel.has_buffer = true;
    kernel.blocks = blocks;
    kernel.room = room;
    kernel.drained = drained;
}

static void a_blocking_stream_never_waits_inside_send(void)
{
    begin_with_room(true, 5000, 300000);
    struct sendv_call call = {0};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, segments, &call), 0);
    CHECK_EQ(call.sent, segments * length);
    CHECK_EQ(kernel.waits_inside, 0);
    CHECK_BETWEEN(kernel.longest_offer, water_mark, water_mark);
    CHECK_BETWEEN(call.waits, 15, 30);
}

static void a_short_list_on_a_blocking_stream_neither(void)
{
    begin_with_room(true, 5000, 3000);
    struct sendv_call call = {0};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, 10, &call), 0);
    CHECK_EQ(call.sent, 10 * length);
    CHECK_EQ(kernel.waits_inside, 0);
}

static void a_stream_with_o_nonblock_is_offered_all(void)
{
    begin_with_room(false, 300000, 300000);
    struct sendv_call call = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = -1};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, segments, &call), 0);
    CHECK_EQ(call.sent, segments * length);
    CHECK_BETWEEN(kernel.longest_offer, 1 << 20, 1 << 20);
    CHECK_BETWEEN(kernel.sends, 20, 60);
}

static void a_blocking_stream_keeps_the_time_out_and_the_count(void)
{
    begin_with_room(true, 10000, 0);
    struct sendv_call call = {.wait = SENDV_WAIT_WITHIN, .timeout_ns = 20000000};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, segments, &call), ETIMEDOUT);
    CHECK_EQ(call.timed_out, 1);
    CHECK_EQ(call.sent, 10000 / water_mark * water_mark);
    CHECK_EQ(kernel.waits_inside, 0);
}

static void a_blocking_stream_obeys_the_flag(void)
{
    begin_with_room(true, 10000, 0);
    struct sendv_call call = {.flags = MSG_DONTWAIT};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, segments, &call), 0);
    CHECK_EQ(call.sent, 10000 / water_mark * water_mark);
    CHECK_EQ(kernel.waits_inside, 0);
    begin_with_room(true, water_mark - 1, 0);
    CHECK_ERRNO(send_list_on(SOCK_STREAM, 2, &call), EAGAIN);
    CHECK_EQ(kernel.sends, 0);
}

static void one_offer_on_a_blocking_stream(void)
{
    begin_with_room(true, 10000, 0);
    struct sendv_call call = {.wait = SENDV_ONE_OFFER};
    CHECK_ERRNO(send_list_on(SOCK_STREAM, 10, &call), 0);
    CHECK_EQ(call.sent, water_mark);
    CHECK_EQ(call.unfinished, 1);
    CHECK_EQ(kernel.sends, 1);
    begin_with_room(true, 0, 0);
    CHECK_ERRNO(send_list_on(SOCK_STREAM, 10, &call), EAGAIN);
    CHECK_EQ(call.sent, 0);
    CHECK_EQ(kernel.sends, 0);
}

// Inside a send that waits, macOS forgets the count.
static void a_lost_peer_costs_no_count(void)
{
    for (int blocks = 0; blocks <= 1; blocks++) {
        begin_with_room(blocks != 0, 50 * water_mark, 20 * water_mark);
        kernel.until_gone = 200 * water_mark;
        kernel.send_error = EPIPE;
        struct sendv_call call = {.wait = SENDV_WAIT_BLOCKING, .timeout_ns = -1};
        CHECK_ERRNO(send_list_on(SOCK_STREAM, segments, &call), blocks != 0 ? EPIPE : 0);
        CHECK_EQ(call.sent, blocks != 0 ? 200 * water_mark : 50 * water_mark);
        CHECK_EQ(kernel.waits_inside, 0);
    }
}

// poll reports no room on it for ever, and a send answers at once.
static void a_blocking_stream_without_a_peer(void)
{
    begin_with_room(true, 0, 0);
    kernel.has_buffer = false;
    kernel.send_error = ENOTCONN;
    const int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
    size_t sent = 99;
    CHECK_ERRNO(sendv_all(fd, &(struct iovec){"abc", 3}, 1, 0, &sent), ENOTCONN);
    CHECK_EQ(sent, 0);
    CHECK_EQ(kernel.sends, 1);
    close(fd);
}

// A Unix receiver with a full queue loses the message; it is never cut, and never waited for.
static void a_message_goes_whole_or_is_enobufs(void)
{
    begin_with_room(true, 0, 0);
    kernel.has_buffer = false;
    kernel.send_error = ENOBUFS;
    struct sendv_call call = {0};
    CHECK_ERRNO(send_list_on(SOCK_DGRAM, 5, &call), ENOBUFS);
    CHECK_EQ(kernel.longest_offer, 5 * length);
    CHECK_EQ(kernel.sends, 1);
    CHECK_EQ(call.sent, 0);
}

// A Unix datagram has at most 2048 bytes as long as SO_SNDBUF is not set. A longer list is not sent in pieces.
static void a_message_above_the_limit_is_emsgsize(void)
{
    for (int blocks = 0; blocks <= 1; blocks++) {
        memset(&kernel, 0, sizeof kernel);
        kernel.blocks = blocks != 0;
        kernel.sends_taken = UINT_MAX;
        kernel.longest_message = 2048;
        struct sendv_call call = {0};
        CHECK_ERRNO(send_list_on(SOCK_DGRAM, 2, &call), EMSGSIZE);
        CHECK_EQ(call.sent, 0);
        CHECK_EQ(kernel.longest_offer, 2 * length);
        CHECK_EQ(kernel.sends, 1);
        CHECK_ERRNO(send_list_on(SOCK_DGRAM, 1, &call), 0);
        CHECK_EQ(call.sent, length);
        CHECK_EQ(kernel.sends, 2);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(the_option_stands_for_the_flag),
        CASE(a_refused_option_is_a_broken_pipe),
        CASE(what_is_no_socket_is_for_the_send_to_say),
        CASE(a_torn_down_connection_is_a_broken_pipe_at_once),
        CASE(an_address_of_another_type_is_named_so),
        CASE(a_blocking_stream_never_waits_inside_send),
        CASE(a_short_list_on_a_blocking_stream_neither),
        CASE(a_stream_with_o_nonblock_is_offered_all),
        CASE(a_blocking_stream_keeps_the_time_out_and_the_count),
        CASE(a_blocking_stream_obeys_the_flag),
        CASE(one_offer_on_a_blocking_stream),
        CASE(a_lost_peer_costs_no_count),
        CASE(a_blocking_stream_without_a_peer),
        CASE(a_message_goes_whole_or_is_enobufs),
        CASE(a_message_above_the_limit_is_emsgsize),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
