// SPDX-License-Identifier: Apache-2.0
//
// Memory from the heap: none for a stream and for short messages, one piece for a message of more segments than a system
// call takes. And the cost of a long list is in proportion to its length.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "clock.h"
#include "csendshim.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <stdlib.h>

// Counting takes the place of the C library's own functions, which glibc lets a program do and offers its own under these
// names for. Sanitizers have taken that place already.
#if defined(__GLIBC__) && !UNDER_SANITIZER
#define COUNTS_ALLOCATIONS 1

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *memory, size_t bytes);

static _Thread_local unsigned allocations; // of the thread that asks: the reader's are its own

void *malloc(size_t bytes)
{
    allocations++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    allocations++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    allocations++;
    return __libc_realloc(memory, bytes);
}
#else
#define COUNTS_ALLOCATIONS 0
static unsigned allocations;
#endif

static bool cannot_count(void)
{
    if (!COUNTS_ALLOCATIONS)
        check_skip("allocations are counted with glibc, and without a sanitizer");
    return !COUNTS_ALLOCATIONS;
}

// Returns what the call took from the heap, in pieces.
static unsigned allocations_of(struct sendv_call *call, int expected)
{
    const unsigned before = allocations;
    const int error = sendv_perform(call);
    const unsigned taken = allocations - before;
    CHECK_ERRNO(error, expected);
    return taken;
}

// The counter counts, or every case below would pass.
static void an_allocation_is_counted(void)
{
    if (cannot_count())
        return;
    const unsigned before = allocations;
    void *volatile memory = malloc(10);
    free(memory);
    CHECK_EQ(allocations - before, 1);
}

static void a_stream_takes_none(unsigned kind)
{
    if (cannot_count())
        return;
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 600000);
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    struct sendv_call call = {.fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    CHECK_EQ(allocations_of(&call, 0), 0);
    CHECK(call.waits > 0);
    call.iovcnt = 1;
    CHECK_EQ(allocations_of(&call, 0), 0);
    MUST(shutdown(pair.sender, SHUT_WR));
    (void)reader_join(&reader);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_message_takes_none_or_one(unsigned kind)
{
    static const size_t counts[] = {1, 2, 1024, 1025, 100000};
    if (cannot_count())
        return;
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        check_context("%zu segments", counts[i]);
        // The longest list is all empty segments: however many, they are one empty message and nothing to gather.
        struct segments segments = segments_equal(&random, counts[i], counts[i] <= 1025 ? 1 : 0);
        struct sendv_call call = {.fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
        CHECK_EQ(allocations_of(&call, 0), segments.bytes > 1024 ? 1 : 0);
        CHECK(one_message_arrived(pair.receiver, &segments));
        segments_free(&segments);
    }
    pair_close(&pair);
}

static void a_refused_message_takes_none(void)
{
    if (cannot_count())
        return;
    struct pair pair = pair_open(UDP, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, 20 << 20);
    struct sendv_call call = {.fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    CHECK_EQ(allocations_of(&call, EMSGSIZE), 0);
    segments_free(&segments);
    pair_close(&pair);
}

// The shortest of several sends of `count` segments of 8 bytes: what the machine does besides only ever adds.
static int64_t cost_ns(struct random *random, size_t count)
{
    int64_t best = INT64_MAX;
    struct segments segments = segments_equal(random, count, 8);
    for (unsigned round = 0; round < 7; round++) {
        struct pair pair = pair_open(UNIX_STREAM, 4 << 20);
        struct reader reader;
        reader_start(&reader, pair.receiver, fast, digest_none);
        struct sendv_call call = {.fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
        const int64_t start = now_ns();
        CHECK_ERRNO(sendv_perform(&call), 0);
        const int64_t took = now_ns() - start;
        best = took < best ? took : best;
        MUST(shutdown(pair.sender, SHUT_WR));
        CHECK_EQ(reader_join(&reader).bytes, segments.bytes);
        pair_close(&pair);
    }
    segments_free(&segments);
    return best;
}

// Ten times the segments. A cost that grows with the square of them would be a hundred times as much.
static void ten_times_the_segments_cost_about_ten_times(void)
{
    struct random random = {check_seed()};
    const int64_t of_10000 = cost_ns(&random, 10000);
    const int64_t of_100000 = cost_ns(&random, 100000);
    check_context("10000 segments: %lld us", (long long)(of_10000 / ns_per_us));
    CHECK_BETWEEN(of_100000 / ns_per_us, 0, 40 * of_10000 / ns_per_us);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        CASE(an_allocation_is_counted),
        ON_STREAMS(a_stream_takes_none),
        ON_MESSAGES(a_message_takes_none_or_one),
        CASE(a_refused_message_takes_none),
        CASE(ten_times_the_segments_cost_about_ten_times),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
