// SPDX-License-Identifier: Apache-2.0
//
// A stream gets every byte of a list, in order, however many segments it has and however little its buffers hold.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "segments.h"

// Around the 64 iovecs that fit a kibibyte, and around IOV_MAX, twice IOV_MAX, and far above.
static const size_t counts[] = {1, 2, 63, 64, 65, 1023, 1024, 1025, 2048, 2049, 5000, 100000};

enum { small_buffer = 16384, large_buffer = 4 << 20 };

// Sends the list to a reader at that pace, and checks what it read. Returns the call as it ended.
static struct sendv_call arrives(unsigned kind, int buffer, struct pace pace, struct segments *segments)
{
    struct pair pair = pair_open(kind, buffer);
    struct reader reader;
    reader_start(&reader, pair.receiver, pace, digest_none);
    check_context("%s, %zu segments, %zu bytes", pair_name(kind), segments->count, segments->bytes);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments->list, .iovcnt = segments->count};
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments->bytes);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
    CHECK_EQ(reader.error, 0);
    CHECK(segments_unchanged(segments));
    segments_free(segments);
    pair_close(&pair);
    return call;
}

static void every_count_arrives_at_a_slow_reader(unsigned kind)
{
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i], 400000 + random_below(&random, 300000));
        const struct sendv_call call = arrives(kind, small_buffer, slow, &segments);
        CHECK(call.waits > 0); // or the buffers were not small and nothing was shown
    }
}

static void every_count_arrives_at_a_fast_reader(unsigned kind)
{
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i], random_below(&random, 4 << 20));
        (void)arrives(kind, 0, fast, &segments);
    }
}

// Lists of any shape at all, many of them, each over the smallest buffers there are.
static void random_lists_arrive(unsigned kind)
{
    struct random random = {check_seed()};
    for (unsigned round = 0; round < 40; round++) {
        const size_t count = 1 + random_below(&random, 3000);
        struct segments segments = segments_random(&random, count, random_below(&random, 60000));
        (void)arrives(kind, 1, fast, &segments);
    }
}

static void a_list_that_fits_costs_a_call_for_1024_segments(unsigned kind)
{
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_equal(&random, counts[i], 2);
        const size_t most = (counts[i] + 1023) / 1024;
        const struct sendv_call call = arrives(kind, large_buffer, fast, &segments);
        CHECK_BETWEEN(call.system_calls, 1, most);
        CHECK_EQ(call.waits, 0);
    }
}

// The shapes that .NET's own tests send: a list with an empty segment and windows of larger arrays, five large
// segments, and many of one byte.
static void windows_of_arrays_arrive(unsigned kind)
{
    static const size_t lengths[] = {23, 100, 0, 9};
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, COUNT_OF(lengths), 200);
    segments.bytes = 0;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        segments.list[i].iov_len = segments.as_made[i].iov_len = lengths[i];
        segments.bytes += lengths[i];
    }
    (void)arrives(kind, 0, fast, &segments);
}

static void five_large_segments_arrive(unsigned kind)
{
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 5, 1230000);
    (void)arrives(kind, 0, fast, &segments);
}

static void many_segments_of_one_byte_arrive(unsigned kind)
{
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, 2400, 1);
    (void)arrives(kind, 0, fast, &segments);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(every_count_arrives_at_a_slow_reader),
        ON_STREAMS(every_count_arrives_at_a_fast_reader),
        ON_STREAMS(random_lists_arrive),
        ON_STREAMS(a_list_that_fits_costs_a_call_for_1024_segments),
        ON_STREAMS(windows_of_arrays_arrive),
        ON_STREAMS(five_large_segments_arrive),
        ON_STREAMS(many_segments_of_one_byte_arrive),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
