// SPDX-License-Identifier: Apache-2.0
//
// Memory from the heap: none for short lists and for long segments, one piece of 64 KiB for long runs of short segments
// however many there are, one piece for a message that no system call takes as it is. And the cost of a long list is in
// proportion to its length.
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

// Of the thread that asks: the reader's are its own. Volatile, since a compiler takes malloc to change no variable.
static _Thread_local volatile unsigned allocations;
static _Thread_local volatile size_t largest;

static void note(size_t bytes)
{
    allocations++;
    if (bytes > largest)
        largest = bytes;
}

void *malloc(size_t bytes)
{
    note(bytes);
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    note(count * bytes);
    return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
    note(bytes);
    return __libc_realloc(memory, bytes);
}
#else
#define COUNTS_ALLOCATIONS 0
static unsigned allocations;
static size_t largest;
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
    largest = 0;
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

// One list after another over a stream: what the heap gave for the last call, in `largest`, and how often.
static unsigned allocations_of_stream(unsigned kind, size_t count, size_t bytes)
{
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_equal(&random, count, bytes);
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    const unsigned taken = allocations_of(&call, 0);
    CHECK_EQ(call.sent, segments.bytes);
    MUST(shutdown(pair.sender, SHUT_WR));
    (void)reader_join(&reader);
    segments_free(&segments);
    pair_close(&pair);
    return taken;
}

static void a_stream_takes_none_or_one(unsigned kind)
{
    if (cannot_count())
        return;
    CHECK_EQ(allocations_of_stream(kind, 1, 100000), 0);
    CHECK_EQ(allocations_of_stream(kind, 1000, 16), 0);
    CHECK_EQ(allocations_of_stream(kind, 3000, 600), 0);
    CHECK_EQ(allocations_of_stream(kind, 100000, 6), 1);
    CHECK_BETWEEN(largest, 1, 65536);
}

static void a_message_takes_none_or_one(unsigned kind)
{
    static const struct {
        size_t count, bytes;
        unsigned pieces;
    } messages[] = {
        // The longest list is all empty segments: however many, they are one empty message and nothing to gather.
        {1, 1, 0}, {2, 1, 0}, {1024, 1, 0}, {1025, 1, 0}, {5000, 10, 1}, {100000, 0, 0},
    };
    if (cannot_count())
        return;
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(messages); i++) {
        check_context("%zu segments", messages[i].count);
        struct segments segments = segments_equal(&random, messages[i].count, messages[i].bytes);
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
        CHECK_EQ(allocations_of(&call, 0), messages[i].pieces);
        CHECK_BETWEEN(largest, 0, 65536);
        CHECK(one_message_arrived(pair.receiver, &segments));
        segments_free(&segments);
    }
    pair_close(&pair);
}

// However long the list, what is taken before the refusal does not grow with it.
static void a_refused_message_takes_no_more(void)
{
    if (cannot_count())
        return;
    struct pair pair = pair_open(UDP, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 5000, 20 << 20);
    struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
    CHECK_BETWEEN(allocations_of(&call, EMSGSIZE), 0, 1);
    CHECK_BETWEEN(largest, 0, 65536);
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
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
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

// Ten times the segments, timed, and so not in every run. A cost that grows with the square of them would be a hundred times as much.
static void ten_times_the_segments_cost_about_ten_times(void)
{
    if (getenv("CHECK_LARGE") == NULL) {
        check_skip("set CHECK_LARGE=1 (make check does)");
        return;
    }
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
        ON_STREAMS(a_stream_takes_none_or_one),
        ON_MESSAGES(a_message_takes_none_or_one),
        CASE(a_refused_message_takes_no_more),
        CASE(ten_times_the_segments_cost_about_ten_times),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
