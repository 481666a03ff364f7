// SPDX-License-Identifier: Apache-2.0
//
// First offers that do more than send: one that gives a datagram socket its port, and one that connects (MSG_FASTOPEN, or
// TCP_FASTOPEN_CONNECT of the socket).
#define _GNU_SOURCE
#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "network.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

static bool may_enter(unsigned unused)
{
    (void)unused;
    return geteuid() == 0;
}

static bool cannot_make_networks(void)
{
    if (!may_enter(0))
        check_skip("only root may make networks");
    return !may_enter(0);
}

// The one ephemeral port of the network is taken. Linux answers EAGAIN to a socket that needs another.
static void send_without_a_free_port(unsigned unused)
{
    (void)unused;
    MUST(network_enter() ? 0 : -1);
    network_set("ipv4/ip_local_port_range", "40000 40000");
    const int holder = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in any = {.sin_family = AF_INET};
    MUST(bind(holder, (struct sockaddr *)&any, sizeof any));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK), .sin_port = htons(9)};
    const struct iovec list[] = {{(char[]){"ab"}, 1}, {(char[]){"cd"}, 2}};
    static const int64_t times_ns[] = {-1, 0, (int64_t)20 * ns_per_s};
    for (size_t i = 0; i < COUNT_OF(times_ns); i++) {
        struct sendv_call call = {.size = sizeof call,
                                  .fd = sender,
                                  .iov = list,
                                  .iovcnt = 2,
                                  .address = (struct sockaddr *)&to,
                                  .address_length = sizeof to,
                                  .wait = SENDV_WAIT_WITHIN,
                                  .timeout_ns = times_ns[i]};
        const int64_t start = now_ns();
        // A time-out of 0 asks for what fits now, and nothing does.
        CHECK_ERRNO(sendv_perform(&call), times_ns[i] == 0 ? ETIMEDOUT : EAGAIN);
        CHECK(now_ns() - start < (int64_t)5 * ns_per_s);
        CHECK_EQ(call.sent, 0);
        CHECK_EQ(call.waits, 0);
    }
    struct sendv_call as_socket = {.size = sizeof as_socket,
                                   .fd = sender,
                                   .iov = list,
                                   .iovcnt = 2,
                                   .address = (struct sockaddr *)&to,
                                   .address_length = sizeof to};
    CHECK_ERRNO(sendv_perform(&as_socket), EAGAIN);
    MUST(close(holder)); // and now the port is free
    CHECK_ERRNO(sendv_perform(&as_socket), 0);
    CHECK_EQ(as_socket.sent, 3);
}

static void a_datagram_socket_without_a_free_port_does_not_wait(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_without_a_free_port, 0));
}

static int listening(struct sockaddr_in *address)
{
    const int listener = socket(AF_INET, SOCK_STREAM, 0), queue = 5;
    socklen_t length = sizeof *address;
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    MUST(bind(listener, (struct sockaddr *)address, length));
    MUST(setsockopt(listener, IPPROTO_TCP, 23 /* TCP_FASTOPEN */, &queue, sizeof queue));
    MUST(listen(listener, 5));
    MUST(getsockname(listener, (struct sockaddr *)address, &length));
    return listener;
}

// Connects and sends a list of several batches. The first time the client has no cookie of the server, the second time it has one.
static void send_and_connect(unsigned nonblocking)
{
    MUST(network_enter() ? 0 : -1);
    network_set("ipv4/tcp_fastopen", "3");
    struct sockaddr_in address;
    const int listener = listening(&address);
    struct random random = {check_seed()};
    for (unsigned time = 0; time < 3; time++) {
        check_context("time %u", time);
        struct segments segments = segments_random(&random, 3000, 600000);
        const int sender = socket(AF_INET, SOCK_STREAM, 0);
        if (nonblocking != 0)
            set_nonblocking(sender);
        struct sendv_call call = {.size = sizeof call,
                                  .fd = sender,
                                  .flags = MSG_FASTOPEN,
                                  .iov = segments.list,
                                  .iovcnt = segments.count,
                                  .address = (struct sockaddr *)&address,
                                  .address_length = sizeof address};
        if (nonblocking != 0) {
            call.wait = SENDV_WAIT_WITHIN;
            call.timeout_ns = (int64_t)20 * ns_per_s;
        }
        struct reader reader;
        // The connection is made while the call goes on, so that its reader has to be there before: it accepts.
        const pid_t child = fork();
        MUST(child);
        if (child == 0) {
            MUST(close(sender)); // or the connection does not end with the sender
            const int connection = accept(listener, NULL, NULL);
            MUST(connection);
            reader_start(&reader, connection, fast, digest_none);
            _exit(digest_equal(reader_join(&reader), segments_digest(&segments)) ? 0 : 1);
        }
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.sent, segments.bytes);
        MUST(close(sender));
        int status = -1;
        MUST(waitpid(child, &status, 0));
        CHECK_EQ(status, 0);
        segments_free(&segments);
    }
}

static void a_list_connects_with_its_first_bytes(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_and_connect, 0));
}

static void a_list_connects_within_a_time(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_and_connect, 1));
}

// Without a cookie the connection has to be made first: a call to nobody is refused, and a call that may not wait ends.
static void send_and_do_not_connect(unsigned unused)
{
    (void)unused;
    MUST(network_enter() ? 0 : -1);
    network_set("ipv4/tcp_fastopen", "3");
    struct sockaddr_in address;
    MUST(close(listening(&address)));
    const struct iovec list[] = {{(char[]){"ab"}, 1}, {(char[]){"cd"}, 2}};
    struct sendv_call call = {.size = sizeof call,
                              .fd = socket(AF_INET, SOCK_STREAM, 0),
                              .flags = MSG_FASTOPEN,
                              .iov = list,
                              .iovcnt = 2,
                              .address = (struct sockaddr *)&address,
                              .address_length = sizeof address};
    CHECK_ERRNO(sendv_perform(&call), ECONNREFUSED);
    CHECK_EQ(call.sent, 0);
    MUST(listening(&address));
    call.fd = socket(AF_INET, SOCK_STREAM, 0);
    call.flags = MSG_FASTOPEN | MSG_DONTWAIT;
    CHECK_ERRNO(sendv_perform(&call), EINPROGRESS);
    CHECK_EQ(call.sent, 0);
}

static void a_call_that_may_not_wait_is_in_progress(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_and_do_not_connect, 0));
}

// A socket with TCP_FASTOPEN_CONNECT, whose connect succeeded at once: the first offer connects, without MSG_FASTOPEN. At the time of
// connect the client needs no cookie. If it needs one at the time of the offer and has none, the offer takes nothing and is EINPROGRESS.
static int deferred_connection(const struct sockaddr_in *address, bool needs_cookie)
{
    enum { fastopen_connect = 30 }; // TCP_FASTOPEN_CONNECT, which older headers do not have
    const int fd = MUST(socket(AF_INET, SOCK_STREAM, 0)), on = 1;
    network_set("ipv4/tcp_fastopen", "7");
    MUST(setsockopt(fd, IPPROTO_TCP, fastopen_connect, &on, sizeof on));
    MUST(connect(fd, (const struct sockaddr *)address, sizeof *address));
    network_set("ipv4/tcp_fastopen", needs_cookie ? "3" : "7");
    return fd;
}

static void all_arrived(int listener, const struct segments *segments)
{
    const int connection = MUST(accept(listener, NULL, NULL));
    struct reader reader;
    reader_start(&reader, connection, (struct pace){.chunk = 65536, .limit = segments->bytes}, digest_none);
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
    MUST(close(connection));
}

static void send_on_deferred_connections(unsigned needs_cookie)
{
    static const enum sendv_wait waits[] = {SENDV_WAIT_AS_SOCKET, SENDV_WAIT_WITHIN};
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 10000);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        check_context("wait %d", (int)waits[i]);
        MUST(network_enter() ? 0 : -1); // another network, which has no cookie
        struct sockaddr_in address;
        const int listener = listening(&address);
        struct sendv_call call = {.size = sizeof call,
                                  .fd = deferred_connection(&address, needs_cookie != 0),
                                  .iov = segments.list,
                                  .iovcnt = segments.count,
                                  .wait = waits[i],
                                  .timeout_ns = (int64_t)20 * ns_per_s};
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.sent, segments.bytes);
        CHECK_EQ(call.system_calls > call.taken, needs_cookie != 0);
        if (call.sent == segments.bytes)
            all_arrived(listener, &segments);
        MUST(close(call.fd));
        MUST(close(listener));
    }
    segments_free(&segments);
}

static void a_deferred_connection_is_made_by_the_first_offer(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_on_deferred_connections, 0));
}

static void a_deferred_connection_without_a_cookie_is_waited_for(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_on_deferred_connections, 1));
}

// In non-blocking mode, a long region of a file goes by sendfile, which answers EINPROGRESS too. A call that may not wait returns
// EINPROGRESS. By their published source, kernels before 6.5 do not make the connection in sendfile.
static bool sendfile_connects(void)
{
    struct utsname system;
    unsigned major = 0, minor = 0;
    MUST(uname(&system));
    MUST(sscanf(system.release, "%u.%u", &major, &minor) == 2 ? 0 : -1);
    return major > 6 || (major == 6 && minor >= 5);
}

static bool cannot_connect_by_sendfile(void)
{
    if (!sendfile_connects())
        check_skip("sendfile makes no connection before Linux 6.5");
    return !sendfile_connects() || cannot_make_networks();
}

static void send_a_file_in_progress(unsigned waits)
{
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 50000);
    const int file = segments_file(&segments);
    MUST(network_enter() ? 0 : -1);
    struct sockaddr_in address;
    const int listener = listening(&address);
    struct sendv_call call = {.size = sizeof call, .fd = deferred_connection(&address, true)};
    set_nonblocking(call.fd);
    if (waits != 0) {
        call.wait = SENDV_WAIT_WITHIN;
        call.timeout_ns = (int64_t)20 * ns_per_s;
    }
    struct sendv_part part;
    CHECK_ERRNO(sendv_file_part(file, 0, -1, &part), 0);
    CHECK_EQ(part.length, segments.bytes);
    CHECK(part.length > 32768);
    CHECK_ERRNO(sendv_perform_parts(&call, &part, 1, NULL), waits != 0 ? 0 : EINPROGRESS);
    CHECK_EQ(call.waits > 0, waits != 0);
    CHECK_EQ(call.sent, waits != 0 ? segments.bytes : 0);
    if (call.sent == segments.bytes)
        all_arrived(listener, &segments);
    MUST(close(call.fd));
    MUST(close(listener));
    MUST(close(file));
    segments_free(&segments);
}

static void a_file_on_a_deferred_connection_is_waited_for(void)
{
    if (!cannot_connect_by_sendfile())
        CHECK(passes_in_child(send_a_file_in_progress, 1));
}

static void a_file_that_may_not_wait_is_in_progress(void)
{
    if (!cannot_connect_by_sendfile())
        CHECK(passes_in_child(send_a_file_in_progress, 0));
}

// A call that may not wait ends while the connection is made. The bytes go once it is.
static void send_in_progress(unsigned unused)
{
    (void)unused;
    static const enum sendv_wait waits[] = {SENDV_WAIT_AS_SOCKET, SENDV_ONE_OFFER};
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 10000);
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        check_context("wait %d", (int)waits[i]);
        MUST(network_enter() ? 0 : -1); // another network, which has no cookie
        struct sockaddr_in address;
        const int listener = listening(&address);
        struct sendv_call call = {.size = sizeof call,
                                  .fd = deferred_connection(&address, true),
                                  .iov = segments.list,
                                  .iovcnt = segments.count,
                                  .wait = waits[i]};
        if (waits[i] == SENDV_WAIT_AS_SOCKET)
            set_nonblocking(call.fd);
        CHECK_ERRNO(sendv_perform(&call), EINPROGRESS);
        CHECK_EQ(call.sent, 0);
        CHECK_EQ(call.system_calls, 1);
        CHECK_EQ(call.waits, 0);
        CHECK_EQ(call.unfinished, 0);
        CHECK((await_events(call.fd, POLLOUT) & POLLOUT) != 0);
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.sent, segments.bytes);
        if (call.sent == segments.bytes)
            all_arrived(listener, &segments);
        MUST(close(call.fd));
        MUST(close(listener));
    }
    segments_free(&segments);
}

static void a_deferred_connection_without_a_cookie_is_in_progress(void)
{
    if (!cannot_make_networks())
        CHECK(passes_in_child(send_in_progress, 0));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(a_datagram_socket_without_a_free_port_does_not_wait),
        CASE(a_list_connects_with_its_first_bytes),
        CASE(a_list_connects_within_a_time),
        CASE(a_call_that_may_not_wait_is_in_progress),
        CASE(a_deferred_connection_is_made_by_the_first_offer),
        CASE(a_deferred_connection_without_a_cookie_is_waited_for),
        CASE(a_deferred_connection_without_a_cookie_is_in_progress),
        CASE(a_file_on_a_deferred_connection_is_waited_for),
        CASE(a_file_that_may_not_wait_is_in_progress),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
