// SPDX-License-Identifier: Apache-2.0
//
// Empty segments: alone they are an answer about the socket or one empty datagram, anywhere else they are nothing at all.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "segments.h"

#include <poll.h>

static const size_t empties[] = {1, 2, 3, 1023, 1024, 1025, 2000, 3000};

// Sends `count` empty segments. Returns what the call returned.
static int send_empties(int fd, size_t count)
{
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, count, 0);
    check_context("%zu empty segments", count);
    struct sendv_call call = {.size = sizeof call, .fd = fd, .iov = segments.list, .iovcnt = count, .sent = 99};
    const int error = sendv_perform(&call);
    CHECK_EQ(call.sent, 0);
    CHECK_EQ(call.system_calls, 1);
    CHECK(segments_unchanged(&segments));
    segments_free(&segments);
    return error;
}

static void alone_on_a_stream_succeed(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(empties); i++) {
        CHECK_ERRNO(send_empties(pair.sender, empties[i]), 0);
        CHECK(nothing_pending(pair.receiver));
    }
    pair_close(&pair);
}

static void alone_say_that_sending_was_shut_down(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    for (size_t i = 0; i < COUNT_OF(empties); i++)
        CHECK_ERRNO(send_empties(pair.sender, empties[i]), EPIPE);
    pair_close(&pair);
}

static void alone_say_that_a_unix_peer_is_gone(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    pair_close_receiver(&pair, 0);
    for (size_t i = 0; i < COUNT_OF(empties); i++)
        CHECK_ERRNO(send_empties(pair.sender, empties[i]), EPIPE);
    pair_close(&pair);
}

static void alone_say_that_a_tcp_peer_is_gone(void)
{
    struct pair pair = pair_open(TCP, 0);
    pair_close_receiver(&pair, 1);
    CHECK(await_events(pair.sender, POLLOUT) & POLLERR);
    CHECK_ERRNO(send_empties(pair.sender, 1), ECONNRESET);
    for (size_t i = 0; i < COUNT_OF(empties); i++)
        CHECK_ERRNO(send_empties(pair.sender, empties[i]), EPIPE);
    pair_close(&pair);
}

static void alone_say_that_nothing_is_connected(void)
{
    static const struct {
        unsigned kind;
        int error;
    } answers[] = {{TCP, EPIPE}, {UNIX_STREAM, ENOTCONN}, {UDP, EDESTADDRREQ}, {UNIX_DATAGRAM, ENOTCONN}, {SEQPACKET, ENOTCONN}};
    for (size_t i = 0; i < COUNT_OF(answers); i++) {
        struct pair pair = {.sender = socket_unconnected(answers[i].kind), .receiver = -1};
        for (size_t j = 0; j < COUNT_OF(empties); j++)
            CHECK_ERRNO(send_empties(pair.sender, empties[j]), answers[i].error);
        pair_close(&pair);
    }
}

static void alone_are_one_empty_datagram(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(empties); i++) {
        CHECK(nothing_pending(pair.receiver));
        CHECK_ERRNO(send_empties(pair.sender, empties[i]), 0);
        CHECK(one_empty_message_arrived(pair.receiver));
    }
    pair_close(&pair);
}

static void before_data_have_no_effect(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(empties); i++) {
        for (size_t count = 1; count <= 3; count++) {
            check_context("%zu empty segments before %zu", empties[i], count);
            struct segments segments = segments_after_empties(&random, empties[i], count, 7);
            sends_one_message(&pair, &segments);
        }
    }
    pair_close(&pair);
}

// Counts on both sides of IOV_MAX: the data may end exactly where a batch does.
static void after_data_have_no_effect(unsigned kind)
{
    static const size_t counts[] = {1, 2, 1023, 1024};
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(empties); i++) {
        for (size_t j = 0; j < COUNT_OF(counts); j++) {
            check_context("%zu empty segments after %zu", empties[i], counts[j]);
            struct segments segments = segments_before_empties(&random, empties[i], counts[j], 7);
            sends_one_message(&pair, &segments);
        }
    }
    pair_close(&pair);
}

// Twice as many segments as one system call takes, and every other one empty.
static void among_data_have_no_effect(unsigned kind)
{
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 2048, 5);
    for (size_t i = 0; i < segments.count; i += 2)
        segments.list[i].iov_len = segments.as_made[i].iov_len = 0;
    segments.bytes /= 2;
    sends_one_message(&pair, &segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(alone_on_a_stream_succeed),
        ON_STREAMS(alone_say_that_sending_was_shut_down),
        CASE_ON(alone_say_that_a_unix_peer_is_gone, UNIX_STREAM),
        CASE_ON(alone_say_that_a_unix_peer_is_gone, SEQPACKET),
        CASE(alone_say_that_a_tcp_peer_is_gone),
        CASE(alone_say_that_nothing_is_connected),
        ON_MESSAGES(alone_are_one_empty_datagram),
        ON_EVERY_KIND(before_data_have_no_effect),
        ON_EVERY_KIND(after_data_have_no_effect),
        ON_EVERY_KIND(among_data_have_no_effect),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
