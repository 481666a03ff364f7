// SPDX-License-Identifier: Apache-2.0
//
// The two ends of sendv_all_within's time: 0 never waits, negative waits for ever, whatever the socket says.
#define _GNU_SOURCE
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"
#include "sender.h"

#include <stdlib.h>

enum { small_buffer = 8192, list_bytes = 1000000 };

static struct sendv_call within(int fd, const struct segments *segments, int64_t timeout_ns)
{
    return (struct sendv_call){
        .size = sizeof(struct sendv_call),
        .fd = fd,
        .iov = segments->list,
        .iovcnt = segments->count,
        .wait = SENDV_WAIT_WITHIN,
        .timeout_ns = timeout_ns,
    };
}

static void zero_takes_what_fits(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    struct sendv_call call = within(pair.sender, &segments, 0);
    CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    CHECK_BETWEEN(call.sent, 1, segments.bytes - 1);
    CHECK_EQ(call.waits, 0);
    struct digest arrived = digest_none;
    read_pending(pair.receiver, &arrived);
    CHECK(arrived.bytes <= call.sent);
    segments_free(&segments);
    pair_close(&pair);
}

static void zero_succeeds_with_what_fits_whole(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 30, 500);
    struct sendv_call call = within(pair.sender, &segments, 0);
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, 500);
    segments_free(&segments);
    pair_close(&pair);
}

static void zero_takes_nothing_once_the_socket_is_full(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    struct sendv_call call = within(pair.sender, &segments, 0);
    // Often enough that what TCP moved from one end's buffer to the other's in between is filled up too.
    for (unsigned i = 0; i < 1000 && (i == 0 || call.sent > 0); i++)
        CHECK_ERRNO(sendv_perform(&call), ETIMEDOUT);
    CHECK_EQ(call.sent, 0);
    CHECK_EQ(call.waits, 0);
    segments_free(&segments);
    pair_close(&pair);
}

static void waits_until_there_is_a_reader(unsigned kind, struct sendv_call call, const struct pair *pair,
                                          const struct segments *segments)
{
    struct sender sender;
    sender_start(&sender, &call);
    CHECK(sender_is_waiting(&sender));
    // Thrice as long as the socket's own time-out: that one must not end it.
    sleep_ns((int64_t)150 * ns_per_ms);
    CHECK(sender_is_waiting(&sender));
    struct reader reader;
    reader_start(&reader, pair->receiver, fast, digest_none);
    CHECK_ERRNO(sender_join(&sender), 0);
    CHECK_EQ(sender.call.sent, segments->bytes);
    CHECK_BETWEEN(sender.call.waits, 1, kind == TCP ? 5000 : 2000);
    MUST(shutdown(pair->sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
}

static void negative_waits_for_ever(unsigned kind)
{
    static const int64_t negatives[] = {-1, INT64_MIN};
    for (size_t i = 0; i < COUNT_OF(negatives); i++) {
        struct pair pair = pair_open(kind, small_buffer);
        struct random random = {check_seed()};
        struct segments segments = segments_random(&random, 2000, list_bytes);
        set_nonblocking(pair.sender);
        set_send_timeout_ms(pair.sender, 50);
        struct sendv_call call = within(pair.sender, &segments, negatives[i]);
        call.flags = MSG_DONTWAIT;
        waits_until_there_is_a_reader(kind, call, &pair, &segments);
        segments_free(&segments);
        pair_close(&pair);
    }
}

// The deadline of such a time is beyond the clock's range.
static void the_longest_time_waits(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    waits_until_there_is_a_reader(kind, within(pair.sender, &segments, INT64_MAX), &pair, &segments);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_blocking_socket_without_a_time_out_waits(unsigned kind)
{
    struct pair pair = pair_open(kind, small_buffer);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 2000, list_bytes);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    waits_until_there_is_a_reader(kind, call, &pair, &segments);
    segments_free(&segments);
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(zero_takes_what_fits),
        ON_STREAMS(zero_succeeds_with_what_fits_whole),
        ON_STREAMS(zero_takes_nothing_once_the_socket_is_full),
        ON_STREAMS(negative_waits_for_ever),
        ON_STREAMS(the_longest_time_waits),
        ON_STREAMS(a_blocking_socket_without_a_time_out_waits),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
