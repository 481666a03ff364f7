// SPDX-License-Identifier: Apache-2.0
//
// MSG_OOB: the last byte of the list is the urgent one, and no other, however the list had to be cut on its way.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

#include <poll.h>

static struct digest all_but_the_last_byte(const struct segments *segments, unsigned char *last)
{
    struct digest digest = digest_none;
    for (size_t i = 0; i < segments->count; i++) {
        const struct iovec *segment = &segments->as_made[i];
        const bool holds_last = segment->iov_len > 0 && digest.bytes + segment->iov_len == segments->bytes;
        digest_add(&digest, segment->iov_base, segment->iov_len - (holds_last ? 1 : 0));
        if (holds_last)
            *last = ((const unsigned char *)segment->iov_base)[segment->iov_len - 1];
    }
    return digest;
}

// The reader stops before the urgent byte: a read past it would drop that.
static void last_byte_is_urgent(int buffer, struct pace pace, struct segments *segments)
{
    struct pair pair = pair_open(TCP, buffer);
    check_context("%zu segments, %zu bytes", segments->count, segments->bytes);
    unsigned char last = 0, urgent = 0;
    const struct digest before = all_but_the_last_byte(segments, &last);
    struct reader reader;
    pace.limit = before.bytes;
    if (pace.limit > 0)
        reader_start(&reader, pair.receiver, pace, digest_none);
    size_t sent = 0;
    CHECK_ERRNO(sendv_all(pair.sender, segments->list, segments->count, MSG_OOB, &sent), 0);
    CHECK_EQ(sent, segments->bytes);
    // Ends the reader too where bytes are missing, so that a fault is a failure and no hang.
    MUST(shutdown(pair.sender, SHUT_WR));
    if (pace.limit > 0)
        CHECK(digest_equal(reader_join(&reader), before));
    CHECK(await_events(pair.receiver, POLLPRI) & POLLPRI);
    CHECK_EQ(recv(pair.receiver, &urgent, 1, MSG_OOB), 1);
    CHECK_EQ(urgent, last);
    CHECK_EQ(recv(pair.receiver, &urgent, 1, 0), 0);
    CHECK(segments_unchanged(segments));
    segments_free(segments);
    pair_close(&pair);
}

static void the_last_byte_of_a_short_list_is_urgent(void)
{
    static const size_t counts[] = {1, 2, 3, 1023, 1024, 1025, 1500};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (size_t length = 1; length <= 2; length++) {
            struct segments segments = segments_equal(&random, counts[i], length);
            last_byte_is_urgent(0, fast, &segments);
        }
    }
}

static void empty_segments_at_the_end_change_nothing(void)
{
    static const size_t counts[] = {1, 1024, 1500};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_before_empties(&random, 1100, counts[i], 2);
        last_byte_is_urgent(0, fast, &segments);
    }
}

// The socket takes the list in many pieces: the mark of a piece that went short must not stay on its last byte.
static void the_last_byte_of_a_list_that_waits_is_urgent(void)
{
    static const size_t counts[] = {1, 2, 1500};
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i], 500000);
        last_byte_is_urgent(8192, slow, &segments);
    }
}

// The whole stream with the urgent byte left in its place: nothing but the one byte was marked, nothing was lost.
static void read_in_line_the_stream_is_whole(void)
{
    struct pair pair = pair_open(TCP, 8192);
    const int on = 1;
    MUST(setsockopt(pair.receiver, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 1500, 500000);
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    CHECK_ERRNO(sendv_all(pair.sender, segments.list, segments.count, MSG_OOB, NULL), 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
}

static void udp_refuses(void)
{
    static const size_t counts[] = {1, 2, 1024, 1025, 3000};
    struct pair pair = pair_open(UDP, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        for (size_t length = 0; length <= 3; length += 3) {
            struct segments segments = segments_equal(&random, counts[i], length);
            check_context("%zu segments of %zu bytes", counts[i], length);
            size_t sent = 99;
            CHECK_ERRNO(sendv_all(pair.sender, segments.list, counts[i], MSG_OOB, &sent), EOPNOTSUPP);
            CHECK_EQ(sent, 0);
            CHECK(nothing_pending(pair.receiver));
            segments_free(&segments);
        }
    }
    pair_close(&pair);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(the_last_byte_of_a_short_list_is_urgent),
        CASE(empty_segments_at_the_end_change_nothing),
        CASE(the_last_byte_of_a_list_that_waits_is_urgent),
        CASE(read_in_line_the_stream_is_whole),
        CASE(udp_refuses),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
