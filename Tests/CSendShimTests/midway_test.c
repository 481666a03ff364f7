// SPDX-License-Identifier: Apache-2.0
//
// A peer that goes away in the middle of a long send: the true error, and the count of what had gone.
#define _GNU_SOURCE
#include "check.h"
#include "child.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"
#include "sender.h"

#include <poll.h>

enum { small_buffer = 8192, list_bytes = 2000000, read_before = 200000 };

// Both ways to wait: for ever, inside the kernel's send, and for a time, which is far above what anything here takes.
static const enum sendv_wait waits[] = {SENDV_WAIT_AS_SOCKET, SENDV_WAIT_BLOCKING};

// Starts a send of the list, reads some of it, and leaves the sender waiting with bytes unread.
static void begin(struct sender *sender, const struct pair *pair, const struct segments *segments, enum sendv_wait wait)
{
    const struct sendv_call call = {
        .size = sizeof call,
        .fd = pair->sender,
        .iov = segments->list,
        .iovcnt = segments->count,
        .wait = wait,
        .timeout_ns = (int64_t)3 * ns_per_s,
    };
    check_context("%zu segments, %s", segments->count, wait == SENDV_WAIT_AS_SOCKET ? "for ever" : "for a time");
    sender_start(sender, &call);
    struct reader reader;
    reader_start(&reader, pair->receiver, (struct pace){.chunk = 5000, .limit = read_before}, digest_none);
    CHECK_EQ(reader_join(&reader).bytes, read_before);
    CHECK(sender_is_waiting(sender));
    CHECK(await_events(pair->receiver, POLLIN) & POLLIN);
}

static void closes_with_bytes_unread(unsigned kind, size_t count, enum sendv_wait wait)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, count, list_bytes);
    struct sender sender;
    begin(&sender, &pair, &segments, wait);
    pair_close_receiver(&pair, 0);
    const int error = sender_join(&sender);
    CHECK_ERRNO(error, error == EPIPE ? EPIPE : ECONNRESET);
    CHECK_BETWEEN(sender.call.sent, read_before, segments.bytes - 1);
    CHECK(segments_unchanged(&segments));
    segments_free(&segments);
    pair_close(&pair);
}

static void the_peer_closes_with_bytes_unread(unsigned kind)
{
    static const size_t counts[] = {1, 1000, 5000};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (size_t j = 0; j < COUNT_OF(waits); j++)
            closes_with_bytes_unread(kind, counts[i], waits[j]);
    }
}

static void resets(unsigned kind, enum sendv_wait wait)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, list_bytes);
    struct sender sender;
    begin(&sender, &pair, &segments, wait);
    pair_close_receiver(&pair, 1);
    CHECK_ERRNO(sender_join(&sender), ECONNRESET);
    CHECK_BETWEEN(sender.call.sent, read_before, segments.bytes - 1);
    segments_free(&segments);
    pair_close(&pair);
}

static void the_peer_resets(unsigned kind)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++)
        resets(kind, waits[i]);
}

static void shut_down_meanwhile(unsigned kind, int how, enum sendv_wait wait)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, list_bytes);
    struct sender sender;
    begin(&sender, &pair, &segments, wait);
    const int64_t start = now_ns();
    MUST(shutdown(pair.sender, how));
    CHECK_ERRNO(sender_join(&sender), EPIPE);
    CHECK_BETWEEN((now_ns() - start) / ns_per_ms, 0, 500);
    CHECK_BETWEEN(sender.call.sent, read_before, segments.bytes - 1);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    CHECK_EQ(reader_join(&reader).bytes, sender.call.sent - read_before);
    segments_free(&segments);
    pair_close(&pair);
}

static void the_socket_is_shut_down_meanwhile(unsigned kind)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++)
        shut_down_meanwhile(kind, SHUT_RDWR, waits[i]);
}

// The peer reads nothing meanwhile. On a Unix socket poll does not report this.
static void sending_is_shut_down_meanwhile(unsigned kind)
{
    for (size_t i = 0; i < COUNT_OF(waits); i++)
        shut_down_meanwhile(kind, SHUT_WR, waits[i]);
}

// A non-blocking call that took something before it met the error says so when it is asked next, not never.
static void a_non_blocking_call_meets_the_error_next(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, list_bytes);
    size_t sent = 0;
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, MSG_DONTWAIT, &sent), 0);
    CHECK(sent > 0);
    pair_close_receiver(&pair, 1);
    CHECK(await_events(pair.sender, 0) != 0);
    const int error = sendv_all(pair.sender, segments.list, segments.count, MSG_DONTWAIT, &sent);
    CHECK_ERRNO(error, kind == UNIX_STREAM && error == EPIPE ? EPIPE : ECONNRESET);
    CHECK_EQ(sent, 0);
    segments_free(&segments);
    pair_close(&pair);
}

static void all_of_these(unsigned kind)
{
    the_peer_closes_with_bytes_unread(kind);
    the_socket_is_shut_down_meanwhile(kind);
    a_non_blocking_call_meets_the_error_next(kind);
}

static void no_signal_is_raised(unsigned kind)
{
    CHECK(passes_in_child(all_of_these, kind));
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(no_signal_is_raised), // first, to say by a failure what else would end this program without a word
        ON_STREAMS(the_peer_closes_with_bytes_unread),
        CASE_ON(the_peer_resets, TCP),
        ON_STREAMS(the_socket_is_shut_down_meanwhile),
        ON_STREAMS(sending_is_shut_down_meanwhile),
        ON_STREAMS(a_non_blocking_call_meets_the_error_next),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
