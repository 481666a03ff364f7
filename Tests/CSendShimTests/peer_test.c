// SPDX-License-Identifier: Apache-2.0
//
// A peer that is not there, or no longer: the error that says so, each time it should, and never a signal.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "segments.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

static const size_t counts[] = {1, 2, 1024, 1025, 3000};

// Sends `count` short segments and checks that the answer is `expected`, and that the count of bytes fits it.
static void answers(int fd, size_t count, int expected)
{
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, count, 9);
    size_t sent = 99;
    check_context("%zu segments", count);
    CHECK_ERRNO(sendv_all(fd, segments.list, count, 0, &sent), expected);
    CHECK_EQ(sent, expected == 0 ? segments.bytes : 0);
    CHECK(segments_unchanged(&segments));
    segments_free(&segments);
}

static void every_count_answers(int fd, int expected)
{
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        answers(fd, counts[i], expected);
}

static void an_unconnected_socket(void)
{
    static const struct {
        unsigned kind;
        int error;
    } expected[] = {{TCP, EPIPE}, {UNIX_STREAM, ENOTCONN}, {UDP, EDESTADDRREQ}, {UNIX_DATAGRAM, ENOTCONN}, {SEQPACKET, ENOTCONN}};
    for (size_t i = 0; i < COUNT_OF(expected); i++) {
        const int fd = socket_unconnected(expected[i].kind);
        every_count_answers(fd, expected[i].error);
        close(fd);
    }
}

static void a_socket_shut_down_for_sending(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    answers(pair.sender, 3, 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    every_count_answers(pair.sender, EPIPE);
    pair_close(&pair);
}

static void a_tcp_peer_that_reset(void)
{
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct pair pair = pair_open(TCP, 0);
        pair_close_receiver(&pair, 1);
        CHECK(await_events(pair.sender, 0) & POLLERR);
        answers(pair.sender, counts[i], ECONNRESET);
        every_count_answers(pair.sender, EPIPE);
        pair_close(&pair);
    }
}

// The peer's end is no error of sending: only its answer to the first bytes after that is.
static void a_tcp_peer_that_closed_in_order(void)
{
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct pair pair = pair_open(TCP, 0);
        pair_close_receiver(&pair, 0);
        CHECK(await_events(pair.sender, POLLRDHUP) & POLLRDHUP);
        answers(pair.sender, 1, 0);
        CHECK(await_events(pair.sender, 0) & (POLLERR | POLLHUP));
        answers(pair.sender, counts[i], EPIPE);
        every_count_answers(pair.sender, EPIPE);
        pair_close(&pair);
    }
}

static void a_unix_peer_that_closed(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    pair_close_receiver(&pair, 0);
    if (kind == UNIX_DATAGRAM)
        answers(pair.sender, 1025, ECONNREFUSED); // once: then the socket is connected to nobody
    every_count_answers(pair.sender, kind == UNIX_DATAGRAM ? ENOTCONN : EPIPE);
    pair_close(&pair);
}

static void a_closed_udp_port_refuses_every_other_one(void)
{
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct pair pair = pair_open(UDP, 0);
        pair_close_receiver(&pair, 0);
        for (unsigned round = 0; round < 3; round++) {
            answers(pair.sender, counts[i], 0);
            CHECK(await_events(pair.sender, 0) & POLLERR);
            answers(pair.sender, counts[i], ECONNREFUSED);
        }
        pair_close(&pair);
    }
}

static void a_descriptor_that_is_no_socket(void)
{
    int ends[2];
    MUST(pipe(ends));
    every_count_answers(ends[1], ENOTSOCK);
    const int closed = ends[0];
    close(ends[0]);
    close(ends[1]);
    every_count_answers(closed, EBADF);
    every_count_answers(-1, EBADF);
}

// As it is by default, and so that a signal that was raised all the same would stay to be seen.
static void every_way_to_lose_a_peer(unsigned block_the_signal)
{
    sigset_t pipe_signal, pending;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    MUST(sigprocmask(block_the_signal ? SIG_BLOCK : SIG_UNBLOCK, &pipe_signal, NULL));
    struct sigaction before, after;
    MUST(sigaction(SIGPIPE, NULL, &before));
    CHECK(before.sa_handler == SIG_DFL);
    an_unconnected_socket();
    a_socket_shut_down_for_sending(TCP);
    a_socket_shut_down_for_sending(UNIX_STREAM);
    a_socket_shut_down_for_sending(SEQPACKET);
    a_tcp_peer_that_reset();
    a_tcp_peer_that_closed_in_order();
    a_unix_peer_that_closed(UNIX_STREAM);
    a_unix_peer_that_closed(SEQPACKET);
    MUST(sigaction(SIGPIPE, NULL, &after));
    CHECK(after.sa_handler == before.sa_handler && after.sa_flags == before.sa_flags);
    MUST(sigpending(&pending));
    CHECK_EQ(sigismember(&pending, SIGPIPE), 0);
    sigset_t mask;
    MUST(sigprocmask(SIG_BLOCK, NULL, &mask));
    CHECK_EQ(sigismember(&mask, SIGPIPE), (int)block_the_signal);
}

static void no_signal_is_raised(void)
{
    CHECK(passes_in_child(every_way_to_lose_a_peer, 0));
}

static void no_signal_is_left_pending(void)
{
    CHECK(passes_in_child(every_way_to_lose_a_peer, 1));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        // The first two say by a failure what else would end this program without a word.
        CASE(no_signal_is_raised),
        CASE(no_signal_is_left_pending),
        CASE(an_unconnected_socket),
        ON_STREAMS(a_socket_shut_down_for_sending),
        CASE_ON(a_socket_shut_down_for_sending, SEQPACKET),
        CASE(a_tcp_peer_that_reset),
        CASE(a_tcp_peer_that_closed_in_order),
        CASE_ON(a_unix_peer_that_closed, UNIX_STREAM),
        CASE_ON(a_unix_peer_that_closed, UNIX_DATAGRAM),
        CASE_ON(a_unix_peer_that_closed, SEQPACKET),
        CASE(a_closed_udp_port_refuses_every_other_one),
        CASE(a_descriptor_that_is_no_socket),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
