// SPDX-License-Identifier: Apache-2.0
//
// No call uses more stack than sendv_stack_bytes() says, so that it can be made from a thread with little of it.
#define _GNU_SOURCE
#include "check.h"
#include "csendshim.h"
#include "elsewhere.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { stack_bytes = 128 << 10, paint = 0xa5 };

struct dive {
    struct sendv_call call;
    int error;
    const char *surface; // an address in the frame that makes the call
};

static void *make_call(void *argument)
{
    struct dive *dive = argument;
    dive->surface = __builtin_frame_address(0);
    dive->error = sendv_perform(&dive->call);
    return NULL;
}

static bool cannot_measure(void)
{
    if (UNDER_SANITIZER)
        check_skip("a sanitizer's frames are larger");
    return UNDER_SANITIZER;
}

// Makes the call on a painted stack of 128 KiB. Returns how far below the caller's frame the paint is gone.
static size_t depth_of(struct dive *dive)
{
    char *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    MUST(stack == MAP_FAILED ? -1 : 0);
    memset(stack, paint, stack_bytes);
    pthread_attr_t attributes;
    pthread_t thread;
    MUST(-pthread_attr_init(&attributes));
    MUST(-pthread_attr_setstack(&attributes, stack, stack_bytes));
    MUST(-pthread_create(&thread, &attributes, make_call, dive));
    MUST(-pthread_join(thread, NULL));
    MUST(-pthread_attr_destroy(&attributes));
    const char *deepest = stack;
    while (deepest < dive->surface && *(const unsigned char *)deepest == paint)
        deepest++;
    const size_t depth = (size_t)(dive->surface - deepest);
    CHECK(deepest > stack);
    MUST(munmap(stack, stack_bytes));
    return depth;
}

static void depth_is_bounded(struct dive *dive, int expected)
{
    const size_t depth = depth_of(dive);
    CHECK_ERRNO(dive->error, expected);
    CHECK_BETWEEN(depth, 1, sendv_stack_bytes());
}

static void a_long_list_that_waits(unsigned kind)
{
    if (cannot_measure())
        return;
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 600000);
    struct reader reader;
    reader_start(&reader, pair.receiver, slow, digest_none);
    struct dive dive = {
        .call = {.size = sizeof(struct sendv_call), .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count}};
    depth_is_bounded(&dive, 0);
    CHECK(dive.call.waits > 0);
    CHECK_EQ(dive.call.sent, segments.bytes);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
}

static void a_long_list_from_a_source(unsigned kind)
{
    if (cannot_measure())
        return;
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 600000);
    struct elsewhere elsewhere;
    elsewhere_begin(&elsewhere, segments.list, segments.count);
    struct dive dive = {
        .call = {.size = sizeof(struct sendv_call), .fd = pair.sender, .iovcnt = segments.count, .source = &elsewhere.source}};
    dive.call.wait = SENDV_WAIT_WITHIN;
    dive.call.timeout_ns = 20000000;
    depth_is_bounded(&dive, ETIMEDOUT);
    CHECK(elsewhere.mapped > 128);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_long_list_with_a_time_out(unsigned kind)
{
    if (cannot_measure())
        return;
    struct pair pair = pair_open(kind, 8192);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 600000);
    struct dive dive = {
        .call = {.size = sizeof(struct sendv_call), .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count}};
    set_send_timeout_ms(pair.sender, 20);
    depth_is_bounded(&dive, ETIMEDOUT);
    segments_free(&segments);
    pair_close(&pair);
}

static void a_message_of_many_segments(unsigned kind)
{
    if (cannot_measure())
        return;
    struct pair pair = pair_open(kind, 0);
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 60000);
    struct dive dive = {
        .call = {.size = sizeof(struct sendv_call), .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count}};
    depth_is_bounded(&dive, 0);
    segments_free(&segments);
    pair_close(&pair);
}

static void an_error(void)
{
    if (cannot_measure())
        return;
    struct random random = {check_seed()};
    struct segments segments = segments_random(&random, 100000, 60000);
    struct dive dive = {.call = {.size = sizeof(struct sendv_call), .fd = -1, .iov = segments.list, .iovcnt = segments.count}};
    depth_is_bounded(&dive, EBADF);
    segments_free(&segments);
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_long_list_that_waits),
        ON_STREAMS(a_long_list_with_a_time_out),
        ON_STREAMS(a_long_list_from_a_source),
        ON_MESSAGES(a_message_of_many_segments),
        CASE(an_error),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
