// SPDX-License-Identifier: Apache-2.0
//
// A list from elsewhere is sent as one of iovecs is: the same bytes, answers and system calls, each segment asked for once.
#define _GNU_SOURCE
#include "arrivals.h"
#include "check.h"
#include "csendshim.h"
#include "elsewhere.h"
#include "pairs.h"
#include "reader.h"
#include "sanitizers.h"
#include "segments.h"

#include <limits.h>
#include <stdlib.h>

// Around the window, IOV_MAX, and far above.
static const size_t counts[] = {1, 2, 3, 127, 128, 129, 254, 255, 256, 257, 1023, 1024, 1025, 1026, 5000, 100000};

static struct elsewhere elsewhere;

static struct sendv_call call_of(int fd, const struct segments *segments)
{
    elsewhere_begin(&elsewhere, segments->list, segments->count);
    return (struct sendv_call){
        .size = sizeof(struct sendv_call), .fd = fd, .iovcnt = segments->count, .source = &elsewhere.source};
}

static void was_asked_for_all(const struct segments *segments)
{
    CHECK(!elsewhere.out_of_turn);
    CHECK_EQ(elsewhere.mapped, segments->count);
}

static void arrives(unsigned kind, int buffer, struct pace pace, const struct segments *segments)
{
    check_context("%zu segments, %zu bytes", segments->count, segments->bytes);
    struct pair pair = pair_open(kind, buffer);
    struct reader reader;
    reader_start(&reader, pair.receiver, pace, digest_none);
    struct sendv_call call = call_of(pair.sender, segments);
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments->bytes);
    was_asked_for_all(segments);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(segments)));
    pair_close(&pair);
}

static void a_stream_gets_every_byte(unsigned kind)
{
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct segments segments = segments_random(&random, counts[i], random_below(&random, 2 << 20));
        arrives(kind, 0, fast, &segments);
        arrives(kind, 16384, slow, &segments);
        segments_free(&segments);
    }
}

static void a_message_stays_one(unsigned kind)
{
    static const size_t lengths[] = {0, 1, 0, 9}; // of every segment; the last is left out where it is too much for a message
    struct random random = {check_seed()};
    struct pair pair = pair_open(kind, 0);
    for (size_t i = 0; i < COUNT_OF(counts) * COUNT_OF(lengths); i++) {
        const size_t count = counts[i / COUNT_OF(lengths)], length = lengths[i % COUNT_OF(lengths)];
        if (count * length > 60000)
            continue;
        struct segments segments = segments_equal(&random, count, length);
        check_context("%zu segments of %zu", count, length);
        struct sendv_call call = call_of(pair.sender, &segments);
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.sent, segments.bytes);
        CHECK_EQ(call.system_calls, 1);
        CHECK(length > 0 ? one_message_arrived(pair.receiver, &segments) : one_empty_message_arrived(pair.receiver));
        was_asked_for_all(&segments);
        segments_free(&segments);
    }
    pair_close(&pair);
}

// The same list both ways, over a stream that takes it all: as many calls.
static void it_costs_no_other_system_calls(void)
{
    static const size_t lengths[] = {0, 8, 60, 600, 700};
    struct random random = {check_seed()};
    struct pair pair = pair_open(UNIX_STREAM, 4 << 20);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    for (size_t i = 0; i < COUNT_OF(counts) * COUNT_OF(lengths); i++) {
        struct segments segments = segments_equal(&random, counts[i / COUNT_OF(lengths)] % 6000, lengths[i % COUNT_OF(lengths)]);
        check_context("%zu segments, %zu bytes", segments.count, segments.bytes);
        struct sendv_call call = call_of(pair.sender, &segments);
        struct sendv_call of_iovecs = {
            .size = sizeof of_iovecs, .fd = pair.sender, .iov = segments.list, .iovcnt = segments.count};
        // In poll, so that no wait hides in a call.
        call.wait = of_iovecs.wait = SENDV_WAIT_WITHIN;
        call.timeout_ns = of_iovecs.timeout_ns = -1;
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_ERRNO(sendv_perform(&of_iovecs), 0);
        CHECK_EQ(call.system_calls - call.waits, of_iovecs.system_calls - of_iovecs.waits);
        segments_free(&segments);
    }
    MUST(shutdown(pair.sender, SHUT_WR));
    (void)reader_join(&reader);
    pair_close(&pair);
}

// Short lists are never counted, and a long one before its second batch.
static void the_rest_is_counted_where_there_is_one(void)
{
    static const struct {
        size_t count, length, counted, windows;
    } lists[] = {
        {1, 9, 0, 1}, {128, 9, 0, 1}, {129, 9, 0, 2}, {1000, 9, 0, 8}, {20000, 9, 1, 157},
    };
    struct random random = {check_seed()};
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        struct pair pair = pair_open(UNIX_STREAM, 4 << 20);
        struct segments segments = segments_equal(&random, lists[i].count, lists[i].length);
        check_context("%zu segments", segments.count);
        struct reader reader;
        reader_start(&reader, pair.receiver, fast, digest_none);
        struct sendv_call call = call_of(pair.sender, &segments);
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(elsewhere.counted, lists[i].counted);
        CHECK_EQ(elsewhere.windows, lists[i].windows);
        MUST(shutdown(pair.sender, SHUT_WR));
        (void)reader_join(&reader);
        pair_close(&pair);
        segments_free(&segments);
    }
}

// What fits a full socket, and the rest from where the count says.
static void the_count_is_where_to_resume(unsigned kind)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(kind, 16384);
    struct segments segments = segments_random(&random, 9000, 900000);
    struct sendv_call call = call_of(pair.sender, &segments);
    call.flags = MSG_DONTWAIT;
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_BETWEEN(call.sent, 1, segments.bytes - 1);
    CHECK(!elsewhere.out_of_turn);
    size_t count;
    struct iovec *left = segments_left(&segments, call.sent, &count);
    const struct segments rest = {.list = left, .count = count, .bytes = segments.bytes - call.sent};
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    call = call_of(pair.sender, &rest);
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, rest.bytes);
    MUST(shutdown(pair.sender, SHUT_WR));
    CHECK(digest_equal(reader_join(&reader), segments_digest(&segments)));
    free(left);
    segments_free(&segments);
    pair_close(&pair);
}

static void urgent_data_is_the_last_byte(void)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(TCP, 0);
    struct segments segments = segments_equal(&random, 300, 3);
    struct sendv_call call = call_of(pair.sender, &segments);
    call.flags = MSG_OOB;
    CHECK_ERRNO(sendv_perform(&call), 0);
    CHECK_EQ(call.sent, segments.bytes);
    CHECK_EQ(call.system_calls, 2);
    was_asked_for_all(&segments);
    unsigned char urgent = 0;
    CHECK_EQ((size_t)recv(pair.receiver, &urgent, 1, MSG_OOB), 1);
    CHECK_EQ(urgent, ((const unsigned char *)segments.list[299].iov_base)[2]);
    segments_free(&segments);
    pair_close(&pair);
}

// Functions that do not agree: what is counted is not what is there.
static size_t said_to_be_left;

static size_t say(const void *list, size_t first, size_t count)
{
    (void)list, (void)first, (void)count;
    return said_to_be_left;
}

static struct sendv_call miscounted_call_of(int fd, const struct segments *segments, size_t said)
{
    const struct sendv_call call = call_of(fd, segments);
    elsewhere.source.count_bytes = say;
    said_to_be_left = said;
    return call;
}

enum { miscounted = 15000, miscounted_length = 9, miscounted_bytes = miscounted * miscounted_length };

// Sends such a list to a reader, who reads what is counted as sent. Returns the count.
static size_t arrives_miscounted(unsigned kind, size_t said, int expected)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(kind, 4 << 20);
    struct segments segments = segments_equal(&random, miscounted, miscounted_length);
    struct sendv_call call = miscounted_call_of(pair.sender, &segments, said);
    struct reader reader;
    reader_start(&reader, pair.receiver, fast, digest_none);
    CHECK_ERRNO(sendv_perform(&call), expected);
    CHECK(!elsewhere.out_of_turn);
    MUST(shutdown(pair.sender, SHUT_WR));
    const struct digest arrived = reader_join(&reader);
    CHECK_EQ(arrived.bytes, call.sent);
    CHECK(call.sent < miscounted_bytes || digest_equal(arrived, segments_digest(&segments)));
    segments_free(&segments);
    pair_close(&pair);
    return call.sent;
}

static void a_count_that_is_too_high_is_a_fault(unsigned kind)
{
    CHECK_EQ(arrives_miscounted(kind, miscounted_bytes, EFAULT), miscounted_bytes);
}

static void a_count_that_is_too_low_cuts_the_list(unsigned kind)
{
    CHECK_BETWEEN(arrives_miscounted(kind, 5, 0), 5, miscounted_bytes - 1);
}

static void a_message_counted_too_high_is_a_fault(void)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(SEQPACKET, 4 << 20);
    struct segments segments = segments_equal(&random, miscounted, miscounted_length);
    struct sendv_call call = miscounted_call_of(pair.sender, &segments, miscounted_bytes);
    CHECK_ERRNO(sendv_perform(&call), EFAULT);
    CHECK_EQ(call.sent, 0);
    CHECK(nothing_pending(pair.receiver));
    segments_free(&segments);
    pair_close(&pair);
}

// More segments than a system call takes, in turn too long to be copied and alone: one message all the same, made in one piece.
static void a_message_of_long_segments_stays_one(unsigned kind)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(kind, 4 << 20);
    struct segments segments = segments_equal(&random, 1200, 700);
    for (size_t i = 1; i < segments.count; i += 2) {
        segments.list[i].iov_len = segments.as_made[i].iov_len = 1;
        segments.bytes -= 699;
    }
    struct sendv_call call = call_of(pair.sender, &segments);
    int buffer = 0;
    socklen_t length = sizeof buffer;
    MUST(getsockopt(pair.sender, SOL_SOCKET, SO_SNDBUF, &buffer, &length));
    if ((size_t)buffer < 2 * segments.bytes) {
        check_skip("the system lets no send buffer be that large");
    } else {
        CHECK_ERRNO(sendv_perform(&call), 0);
        CHECK_EQ(call.system_calls, 1);
        CHECK_EQ(elsewhere.counted, 1);
        CHECK(one_message_arrived(pair.receiver, &segments));
        was_asked_for_all(&segments);
    }
    segments_free(&segments);
    pair_close(&pair);
}

static void a_long_message_without_copies_is_refused(unsigned kind)
{
    struct random random = {check_seed()};
    struct pair pair = pair_open(kind, 4 << 20);
    struct segments segments = segments_equal(&random, 1100, 40);
    struct sendv_call call = call_of(pair.sender, &segments);
    call.flags = MSG_ZEROCOPY;
    CHECK_ERRNO(sendv_perform(&call), EMSGSIZE);
    CHECK_EQ(call.sent, 0);
    CHECK(nothing_pending(pair.receiver));
    segments_free(&segments);
    pair_close(&pair);
}

static void refused(int fd, const struct iovec *list, size_t count, size_t said, size_t counted)
{
    elsewhere_begin(&elsewhere, list, count);
    struct sendv_call call = {.size = sizeof call, .fd = fd, .iovcnt = said, .source = &elsewhere.source, .sent = 99};
    CHECK_ERRNO(sendv_perform(&call), EINVAL);
    CHECK_EQ(call.sent, 0);
    CHECK_EQ(call.system_calls, 0);
    CHECK_EQ(elsewhere.counted, counted);
    CHECK(!elsewhere.out_of_turn);
}

static void what_no_list_is_is_refused(void)
{
    struct pair pair = pair_open(UNIX_STREAM, 0);
    enum { many = 2000 };
    static char byte;
    static struct iovec list[many];
    for (size_t i = 0; i < many; i++)
        list[i] = (struct iovec){&byte, i < many - 3 ? 1 : SSIZE_MAX / 2};
    list[0].iov_len = SSIZE_MAX - 4000; // fills the first batch, so that the others stand behind the window
    refused(pair.sender, list, many, 0, 0);
    refused(pair.sender, list, many, SIZE_MAX, 0);
    refused(pair.sender, list, many, SSIZE_MAX / sizeof *list + 1, 0);
    refused(pair.sender, list, many, many, 1); // the lengths overflow SSIZE_MAX
    list[many - 1].iov_len = list[many - 2].iov_len = SIZE_MAX;
    refused(pair.sender, list, many, many, 1); // and SIZE_MAX
    CHECK(nothing_pending(pair.receiver));
    pair_close(&pair);
}

static void a_forgotten_pointer_is_a_fault(unsigned kind)
{
    if (would_be_reported())
        return;
    static char bytes[300];
    static struct iovec list[300];
    for (size_t at = 100; at < COUNT_OF(list); at++) {
        struct pair pair = pair_open(kind, 0);
        for (size_t i = 0; i < COUNT_OF(list); i++)
            list[i] = (struct iovec){i == at ? NULL : &bytes[i], 1};
        elsewhere_begin(&elsewhere, list, COUNT_OF(list));
        struct sendv_call call = {.size = sizeof call, .fd = pair.sender, .iovcnt = COUNT_OF(list), .source = &elsewhere.source};
        struct sendv_call of_iovecs = {.size = sizeof of_iovecs, .fd = pair.sender, .iov = list, .iovcnt = COUNT_OF(list)};
        check_context("NULL at %zu", at);
        CHECK_ERRNO(sendv_perform(&call), EFAULT);
        CHECK_ERRNO(sendv_perform(&of_iovecs), EFAULT);
        CHECK_EQ(call.sent, of_iovecs.sent);
        pair_close(&pair);
    }
}

int main(int argc, char **argv)
{
    static const struct check_case cases[] = {
        ON_STREAMS(a_stream_gets_every_byte),
        ON_MESSAGES(a_message_stays_one),
        CASE_ON(a_message_of_long_segments_stays_one, UNIX_DATAGRAM),
        CASE_ON(a_message_of_long_segments_stays_one, SEQPACKET),
        ON_MESSAGES(a_long_message_without_copies_is_refused),
        ON_STREAMS(a_count_that_is_too_high_is_a_fault),
        CASE(a_message_counted_too_high_is_a_fault),
        ON_STREAMS(a_count_that_is_too_low_cuts_the_list),
        CASE(it_costs_no_other_system_calls),
        CASE(the_rest_is_counted_where_there_is_one),
        ON_STREAMS(the_count_is_where_to_resume),
        CASE(urgent_data_is_the_last_byte),
        CASE(what_no_list_is_is_refused),
        ON_EVERY_KIND(a_forgotten_pointer_is_a_fault),
    };
    return check_run(argc, argv, cases, COUNT_OF(cases));
}
